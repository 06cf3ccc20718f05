/* The files of the machine that runs QEMU, through semihosting (Arm's document "Semihosting for AArch32
 * and AArch64", which RISC-V follows), and the stack's high-water mark. */
#ifndef HOST_H
#define HOST_H

#include <stdint.h>

enum { READ = 1, WRITE = 5 };                       /* modes "rb" and "wb" */
enum { OPENED_NOT = 100, FAULT = 101, REFUSED = 110 }; /* exit codes; a status is added to REFUSED */

int main(void);

uint32_t host_open(const char *name, uint32_t mode);
uint32_t host_read(uint32_t file, void *to, uint32_t bytes); /* returns how many it got */
void host_write(uint32_t file, const void *from, uint32_t bytes);
void host_exit(uint32_t code);

void paint_stack(uint32_t *lowest);
uint32_t stack_bytes(void);

#endif
