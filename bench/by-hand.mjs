/** What one would write by hand, over typed arrays, in the order in which memory lies. */

/** C = op(A) op(B) as in shapes.mjs. */
export function multiply({ m, n, k, form }, a, b, c) {
  if (form === 2) {
    for (let i = 0; i < m; ++i) {
      for (let j = 0; j < n; ++j) {
        let sum = 0;
        for (let l = 0; l < k; ++l) sum += a[i * k + l] * b[j * k + l];
        c[i * n + j] = sum;
      }
    }
    return;
  }
  c.fill(0, 0, m * n);
  for (let i = 0; i < m; ++i) {
    for (let l = 0; l < k; ++l) {
      const x = form === 1 ? a[l * m + i] : a[i * k + l];
      for (let j = 0, to = i * n, from = l * n; j < n; ++j) c[to + j] += x * b[from + j];
    }
  }
}

/** Step t, from 1 on, of parameters p along g; m and v are the moments. */
export function adam(p, g, m, v, t) {
  const rate = 1e-3 / (1 - 0.9 ** t);
  const root = Math.sqrt(1 - 0.999 ** t);
  for (let i = 0; i < p.length; ++i) {
    m[i] = 0.9 * m[i] + 0.1 * g[i];
    v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
    p[i] -= (rate * m[i]) / (Math.sqrt(v[i]) / root + 1e-8);
  }
}
