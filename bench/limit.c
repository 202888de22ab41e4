/*
 * The limit of the machine: the loops of the cases in C, 128 bits wide, over memory that is there already.
 *
 *     limit <float64|float32> <spacing|uneven> <length>...
 *
 * One sweep: a row serves every axis while it is in cache. Where 2h is a power of two the division is a product with
 * the same bits. Uneven weights are made as they are used. Prints { nanoseconds, checksum } as JSON.
 */
#define _POSIX_C_SOURCE 200112L
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double noise(uint32_t i) {
  uint32_t h = (i + 1) * 0x9e3779b1u;
  h = (h ^ (h >> 16)) * 0x85ebca6bu;
  h ^= h >> 13;
  return h / 4294967296.0 - 0.5;
}

/* One formula over a run, and one axis over a row of the last one, for both types. */
#define LOOPS(T)                                                                                                       \
  static void times_##T(T *restrict out, const T *lo, const T *hi, size_t count, T r) {                               \
    for (size_t i = 0; i < count; ++i) out[i] = (hi[i] - lo[i]) * r;                                                   \
  }                                                                                                                    \
  static void over_##T(T *restrict out, const T *lo, const T *hi, size_t count, T d) {                                \
    for (size_t i = 0; i < count; ++i) out[i] = (hi[i] - lo[i]) / d;                                                   \
  }                                                                                                                    \
  static void difference_##T(T *restrict out, const T *lo, const T *hi, size_t count, T d) {                          \
    int exponent;                                                                                                      \
    if (frexp(d, &exponent) == 0.5) times_##T(out, lo, hi, count, 1 / d);                                              \
    else over_##T(out, lo, hi, count, d);                                                                              \
  }                                                                                                                    \
  static void line_##T(T *restrict out, const T *f, size_t n, T h) {                                                   \
    out[0] = (f[1] - f[0]) / h;                                                                                        \
    difference_##T(out + 1, f, f + 2, n - 2, 2 * h);                                                                   \
    out[n - 1] = (f[n - 1] - f[n - 2]) / h;                                                                            \
  }                                                                                                                    \
  static void row_##T(T *restrict out, const T *f, size_t i, size_t n, size_t inner, size_t count, T h) {              \
    if (i == 0) difference_##T(out, f, f + inner, count, h);                                                           \
    else if (i == n - 1) difference_##T(out, f - inner, f, count, h);                                                  \
    else difference_##T(out, f - inner, f + inner, count, 2 * h);                                                      \
  }                                                                                                                    \
  static void even_##T(void **out, const void *source, const size_t *shape, int ndim, double h) {                      \
    const T *f = source;                                                                                               \
    const size_t n = shape[ndim - 1];                                                                                  \
    size_t rows = 1;                                                                                                   \
    for (int k = 0; k < ndim - 1; ++k) rows *= shape[k];                                                               \
    for (size_t row = 0; row < rows; ++row) {                                                                          \
      const size_t at = row * n;                                                                                       \
      size_t inner = n, index = row;                                                                                   \
      for (int k = ndim - 2; k >= 0; --k) {                                                                            \
        row_##T((T *)out[k] + at, f + at, index % shape[k], shape[k], inner, n, h);                                    \
        index /= shape[k];                                                                                             \
        inner *= shape[k];                                                                                             \
      }                                                                                                                \
      line_##T((T *)out[ndim - 1] + at, f + at, n, h);                                                                 \
    }                                                                                                                  \
  }

LOOPS(double)
LOOPS(float)

static void uneven(double *restrict out, const double *restrict f, const double *restrict x, size_t n) {
  out[0] = (f[1] - f[0]) / (x[1] - x[0]);
  for (size_t i = 1; i < n - 1; ++i) {
    const double p = x[i] - x[i - 1], q = x[i + 1] - x[i];
    out[i] = -q / (p * (p + q)) * f[i - 1] + (q - p) / (p * q) * f[i] + p / (q * (p + q)) * f[i + 1];
  }
  out[n - 1] = (f[n - 1] - f[n - 2]) / (x[n - 1] - x[n - 2]);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

static void *allocate(size_t bytes) {
  void *p;
  if (posix_memalign(&p, 64, bytes) != 0) exit(1);
  memset(p, 0, bytes);
  return p;
}

static int ndim;
static size_t shape[3], size = 1;
static int is_float, is_uneven;
static double h;
static void *f, *out[3];
static double *x;

static void once(void) {
  if (is_uneven) uneven(out[0], f, x, size);
  else if (is_float) even_float(out, f, shape, ndim, h);
  else even_double(out, f, shape, ndim, h);
}

int main(int argc, char **argv) {
  enum { MOST = 100000 };
  static double samples[MOST];
  is_float = strcmp(argv[1], "float32") == 0;
  is_uneven = strcmp(argv[2], "uneven") == 0;
  h = atof(argv[2]);
  for (ndim = 0; ndim < argc - 3; ++ndim) size *= shape[ndim] = atol(argv[3 + ndim]);
  const size_t bytes = size * (is_float ? 4 : 8);
  f = allocate(bytes);
  x = allocate(size * 8);
  for (size_t i = 0; i < size; ++i) {
    if (is_float) ((float *)f)[i] = noise(i);
    else ((double *)f)[i] = noise(i);
    x[i] = i * 0.1 + noise(i) * 0.05;
  }
  for (int k = 0; k < ndim; ++k) out[k] = allocate(bytes);

  const double start = now();
  int calls = 0;
  while (now() - start < 50e6) once(), ++calls;
  const int batch = ceil(4e6 / ((now() - start) / calls));
  int count = 0;
  const double end = now() + 250e6;
  while (count < 3 || (now() < end && count < MOST)) {
    const double from = now();
    for (int k = 0; k < batch; ++k) once();
    samples[count++] = (now() - from) / batch;
  }
  qsort(samples, count, sizeof *samples, ascending);

  uint32_t sum = 0;
  for (int k = 0; k < ndim; ++k)
    for (size_t i = 0; i < bytes / 4; ++i) sum += ((uint32_t *)out[k])[i] * (uint32_t)(2 * i + 1);
  printf("{\"nanoseconds\": %.1f, \"checksum\": %u}\n", samples[count / 2], sum);
  return 0;
}
