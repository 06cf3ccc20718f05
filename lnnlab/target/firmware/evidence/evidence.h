/* Two workloads of ordinary code, on which the cycle model is compared with published scores.
 *
 * Not the published benchmarks: of the same kinds of work, written for this place. What they take
 * on one core over what they take on another can be held against published ratios; what they take
 * alone can not. Each function returns a checksum, the same on every core and on this machine.
 */
#ifndef LNN_EVIDENCE_H
#define LNN_EVIDENCE_H

#include <stdint.h>

int evidence_list(int seed);    /* find, reverse and sort a linked list */
int evidence_matrix(int seed);  /* products of small integer matrices */
int evidence_scanner(int seed); /* a state machine over text */
int evidence_crc(int seed);     /* bitwise CRC of a few hundred bytes */
int evidence_mixed(int seed);   /* the four above, each result into a CRC */
int evidence_records(int seed); /* records, strings and small calls, a few operations each */

uint16_t evidence_crc16(uint16_t crc, uint16_t word);

#endif
