/**
 * Stochastic gradient descent, one step over n parameters p with gradients g and momentum buffer b:
 *
 *   d = g + λp;   b = d at the first step, else μb + (1-τ)d;   d = d + μb with Nesterov, else b;   p = p - γd
 *
 * Without momentum (μ = 0) the buffer is not touched and d is used as it is. PyTorch: torch.optim.SGD.
 */
export function sgd<T>(p: usize, g: usize, b: usize, n: u32, lr: f64, momentum: f64, dampening: f64, decay: f64, nesterov: bool, first: bool): void {
  const end = p + <usize>n * sizeof<T>();
  const bulk = p + ((<usize>n * sizeof<T>()) & ~15);
  const γ = <T>lr;
  const μ = <T>momentum;
  const λ = <T>decay;
  const keep = <T>(1 - dampening);
  const γγ = v128.splat<T>(γ);
  const μμ = v128.splat<T>(μ);
  const λλ = v128.splat<T>(λ);
  const kk = v128.splat<T>(keep);
  while (p < bulk) {
    const pp = v128.load(p);
    let d = v128.load(g);
    if (λ != 0) d = v128.add<T>(d, v128.mul<T>(λλ, pp));
    if (μ != 0) {
      const bb = first ? d : v128.add<T>(v128.mul<T>(μμ, v128.load(b)), v128.mul<T>(kk, d));
      v128.store(b, bb);
      d = nesterov ? v128.add<T>(d, v128.mul<T>(μμ, bb)) : bb;
    }
    v128.store(p, v128.sub<T>(pp, v128.mul<T>(γγ, d)));
    p += 16;
    g += 16;
    b += 16;
  }
  while (p < end) {
    let d = load<T>(g);
    if (λ != 0) d += λ * load<T>(p);
    if (μ != 0) {
      const bi = first ? d : μ * load<T>(b) + keep * d;
      store<T>(b, bi);
      d = nesterov ? d + μ * bi : bi;
    }
    store<T>(p, load<T>(p) - γ * d);
    p += sizeof<T>();
    g += sizeof<T>();
    b += sizeof<T>();
  }
}
