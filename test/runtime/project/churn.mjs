/** Far more results than fit a Worker's 128 MB, all of them forgotten; says how much linear memory that took. */
export function churn({ array, gradient, memoryUsage }) {
  const values = Float64Array.from({ length: 1_000_000 }, (_, i) => (i % 1009) ** 2);
  const resident = array(values);
  const seen = new Set();
  for (let i = 0; i < 100; ++i) {
    for (const result of [gradient(values), gradient(resident).data]) {
      seen.add([0, 1, 500, 1008, 999_999].map((at) => result[at]).join());
    }
  }
  return { answers: [...seen], reserved: memoryUsage().reserved };
}
