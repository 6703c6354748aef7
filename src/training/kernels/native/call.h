// What a kernel is given, and how it asks for scratch memory.
#pragma once
#include <stddef.h>

struct Call {
  char *heap;               // start of the linear memory of the tfjs WASM backend
  const double *arguments;  // in the order the kernel documents
  int part, parts;          // which share of the work to do
  void *pool;
};

struct Kernel {
  void (*run)(const Call &);
  double (*work)(const Call &);  // rough number of vector operations, to decide whether waking other threads pays
};

// Scratch of this call's part, 64-byte aligned, valid until its next call; null when there is no memory, which the pool reports.
float *reserve(const Call &call, size_t floats);
