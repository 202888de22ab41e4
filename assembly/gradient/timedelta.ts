/** Arithmetic of timedelta64: a tick count, its smallest value standing for not-a-time (NaT), which every operation keeps. */

export const NAT: i64 = i64.MIN_VALUE;

/** Toward zero; what is not finite or does not fit is NaT. NumPy: TIMEDELTA_md_m_multiply. */
export function truncate(x: f64): i64 {
  return abs(x) < 9223372036854775808.0 ? <i64>x : NAT;
}

export function subtractTicks(hi: i64, lo: i64): i64 {
  return hi == NAT || lo == NAT ? NAT : hi - lo;
}

export function addTicks(a: i64, b: i64): i64 {
  return a == NAT || b == NAT ? NAT : a + b;
}

export function multiplyTicks(factor: f64, ticks: i64): i64 {
  return ticks == NAT ? NAT : truncate(factor * <f64>ticks);
}

/** NumPy: TIMEDELTA_mq_m_divide. */
export function divideTicksExactly(ticks: i64, divisor: i64): i64 {
  return ticks == NAT || divisor == 0 ? NAT : ticks / divisor;
}

export function divideTicks(ticks: i64, divisor: f64): i64 {
  return ticks == NAT ? NAT : truncate(<f64>ticks / divisor);
}
