/**
 * C[m, n] = start + op(A) op(B), where the form says what lies in memory:
 *
 *     0   A[m, k]   B[k, n]
 *     1   A[k, m]   B[k, n]   A is transposed
 *     2   A[m, k]   B[n, k]   B is transposed
 *
 * start is the address of a row of n numbers, added to every row of C, or 0.
 */
@inline
function product<T>(c: usize, a: usize, b: usize, start: usize, m: u32, n: u32, k: u32, form: u32): void {
  const size: usize = sizeof<T>();
  const down = form == 1 ? size : k * size;
  const across = form == 1 ? m * size : size;
  const bDown = form == 2 ? size : n * size;
  const bAcross = form == 2 ? k * size : size;
  for (let i: u32 = 0; i < m; ++i) {
    for (let j: u32 = 0; j < n; ++j) {
      let sum: T = start == 0 ? 0 : load<T>(start + j * size);
      for (let l: u32 = 0; l < k; ++l)
        sum += load<T>(a + i * down + l * across) * load<T>(b + l * bDown + j * bAcross);
      store<T>(c, sum);
      c += size;
    }
  }
}

export function product_f32(
  c: usize,
  a: usize,
  b: usize,
  start: usize,
  m: u32,
  n: u32,
  k: u32,
  form: u32,
  scratch: usize,
): void {
  product<f32>(c, a, b, start, m, n, k, form);
}

export function product_f64(
  c: usize,
  a: usize,
  b: usize,
  start: usize,
  m: u32,
  n: u32,
  k: u32,
  form: u32,
  scratch: usize,
): void {
  product<f64>(c, a, b, start, m, n, k, form);
}
