/*
 * The limit of the machine for optimizers: the loops of Adam and of gradient descent with momentum in C, 128 bits wide,
 * and n divisions or square roots alone, of numbers in the first cache.
 *
 *     optimizers <adam|sgd|division|root> <n>
 *
 * Prints { nanoseconds } as JSON, the median of many steps.
 */
#define _POSIX_C_SOURCE 200112L
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

static float *allocate(size_t n) {
  void *p;
  if (posix_memalign(&p, 64, n * 4 + 64) != 0) exit(1);
  for (size_t i = 0; i < n; ++i) ((float *)p)[i] = sin(i + 1.0);
  return p;
}

static void adam(float *restrict p, const float *restrict g, float *restrict m, float *restrict v, size_t n, int t) {
  const double r = sqrt(1 - pow(0.999, t));
  const float rate = 1e-3 * r / (1 - pow(0.9, t)), epsilon = 1e-8 * r;
  for (size_t i = 0; i < n; ++i) {
    m[i] = 0.9f * m[i] + 0.1f * g[i];
    v[i] = 0.999f * v[i] + 0.001f * (g[i] * g[i]);
    p[i] -= rate * m[i] / (sqrtf(v[i]) + epsilon);
  }
}

static void sgd(float *restrict p, const float *restrict g, float *restrict b, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    b[i] = 0.9f * b[i] + g[i];
    p[i] -= 1e-6f * b[i];
  }
}

/** Few enough that both arrays stay in the first cache. */
enum { NEAR = 1024 };

static void division(float *restrict p, const float *restrict g, size_t n) {
  for (size_t from = 0; from < n; from += NEAR) {
    for (size_t i = 0; i < NEAR; ++i) p[i] = g[i] / p[i];
  }
}

static void root(float *restrict p, const float *restrict g, size_t n) {
  for (size_t from = 0; from < n; from += NEAR) {
    for (size_t i = 0; i < NEAR; ++i) p[i] = sqrtf(g[i] + p[i]);
  }
}

int main(int argc, char **argv) {
  enum { MOST = 100000 };
  static double samples[MOST];
  const char *name = argc > 1 ? argv[1] : "";
  const size_t n = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
  float *p = allocate(n), *g = allocate(n), *m = allocate(n), *v = allocate(n);
  for (size_t i = 0; i < n; ++i) v[i] = 1 + i % 7;
  const int batch = n < 100000 ? 4000 : 4;
  int t = 1, count = 0;
  for (const double end = now() + 400e6; count < 3 || (now() < end && count < MOST);) {
    const double from = now();
    for (int k = 0; k < batch; ++k) {
      if (strcmp(name, "adam") == 0) adam(p, g, m, v, n, t++);
      else if (strcmp(name, "division") == 0) division(p, v, n);
      else if (strcmp(name, "root") == 0) root(p, v, n);
      else sgd(p, g, m, n);
    }
    samples[count++] = (now() - from) / batch;
  }
  qsort(samples, count, sizeof *samples, ascending);
  printf("{\"nanoseconds\": %.1f, \"sink\": %g}\n", samples[count / 2], (double)p[n / 2]);
  return 0;
}
