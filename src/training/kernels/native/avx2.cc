#define WIDTH 8
#define ROWS 6
#define INSTRUCTION_SET avx2
#include "kernels.h"
