/* A timestep policy: its record in the file, and the policy at work (FORMAT.md, section 6). The end
 * of lnn_internal.h includes this file. */
#ifndef LNN_POLICY_H
#define LNN_POLICY_H

enum { LNN_UNIFORM = 0, LNN_ENERGY, LNN_FLUX, LNN_DELTA, LNN_LEARNED }; /* timestep policies */

typedef struct { /* the first 24 bytes of PLCY */
    uint16_t kind, look_back;
    uint16_t steps[5]; /* hops, from the least to the most */
    uint16_t hangover, rise, fall; /* hops; Q14 a hop; a shift */
    int16_t open, close;
} lnn_schedule_t;

typedef struct { /* PLCY, 152 bytes */
    lnn_schedule_t schedule;
    int16_t levels[4]; /* Q10, not rising */
    uint16_t decay, hidden;
    int16_t bias;
    uint16_t enough; /* of a keyword's smoothed probability, Q15; 0: never */
    int16_t w[8][5], b[8], v[8]; /* Q8, Q10, Q8 */
} lnn_policy_t;

enum { LNN_MOST_STEP = 255 }; /* hops */

/* Can a model of these layers follow a policy? */
int lnn_policy_suits(const lnn_feat_t *feat, const lnn_layer_t *layers, uint32_t count);
/* Check the policy of a file whose other sections are sound; sets *where on failure. */
lnn_status_t lnn_policy_check(const uint8_t *file, uint32_t *where);
/* Moments that the frame buffer holds. */
uint32_t lnn_policy_moments(const lnn_feat_t *feat, const lnn_policy_t *policy);
void lnn_policy_start(lnn_model_t *model);
int lnn_policy_push(lnn_model_t *model, const int16_t *samples, uint32_t count,
                    lnn_result_t *result);

typedef struct { /* a policy at work; behind it int8_t[features], what flux or delta compares with */
    lnn_schedule_t schedule;
    int32_t floors[2]; /* of log-energy, of the lag-2 difference's, Q14 */
    int32_t before;    /* log-energy of the hop before, Q10 */
    union {
        int32_t urge;  /* of the learned kind: its score, Q10 */
        uint32_t rest; /* of kinds 1 to 3: frames computed for a decision since it was open, 0 to 3;
                        * 3 where it never was */
    } memory;
    uint32_t hold;     /* hops that the gate stays open */
    uint16_t next;     /* moments in the frame buffer when the next hop ends */
    uint16_t capacity; /* moments that the frame buffer can hold */
    uint16_t elapsed;  /* hops since the last computed frame */
    uint16_t enough;   /* of the policy's record */
    uint8_t sated;     /* 1: a keyword was heard with enough; shut until the score falls */
    uint8_t on;
} lnn_gate_t;

/* Hops that the policy wants between frames, after a hop whose new samples are x: [hop][channels];
 * for kinds on features these are in model->x. */
uint32_t lnn_stage_gate(lnn_model_t *model, const int16_t *x);

LNN_INLINE uint32_t lnn_follows_policy(const lnn_model_t *model) {
    return model->streaming && model->gate && ((const lnn_gate_t *)model->gate)->on;
}

#endif
