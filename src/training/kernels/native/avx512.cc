#define WIDTH 16
#define ROWS 12
#define INSTRUCTION_SET avx512
#include "kernels.h"
