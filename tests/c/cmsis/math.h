/* Of the standard header what CMSIS-DSP's own headers name, for targets that bring none. */
float sqrtf(float x);
float fabsf(float x);
float expf(float x);
float logf(float x);
float powf(float x, float y);
float tanhf(float x);
float floorf(float x);
double sqrt(double x);
double fabs(double x);
#define isnan(x) __builtin_isnan(x)
