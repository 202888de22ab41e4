const ROUNDS = 100;
const LENGTH = 1_000_000;

/** 1.6 GB of results, all of them forgotten; says what they were and how much linear memory that took. */
export function churn({ array, gradient, memoryUsage }) {
  const values = Float64Array.from({ length: LENGTH }, (_, i) => (i % 1009) ** 2);
  const resident = array(values);
  const answers = new Set();
  for (let i = 0; i < ROUNDS; ++i) {
    for (const result of [gradient(values), gradient(resident).data]) {
      answers.add([0, 1, 500, 1008, 999_999].map((at) => result[at]).join());
    }
  }
  return { answers: [...answers], reserved: memoryUsage().reserved };
}

/** As much, without this package. */
export function forget() {
  let sum = 0;
  for (let i = 0; i < 2 * ROUNDS; ++i) sum += new Float64Array(LENGTH).fill(i)[i];
  return sum;
}
