import { type Lbfgs, numericalGradient, type Optimizer } from "steepest";
import type { OptimizerChoice, OptimizerSettings } from "./optimizers.js";

type Gradient = (x: number, y: number) => [number, number];

/** What is raced on: a loss, and its gradient if it is written down. */
export interface Course {
  value(x: number, y: number): number;
  gradient?: Gradient | undefined;
}

/** Flat enough to stop. */
const FLAT = 1e-6;

/** One optimizer on its way down, and where it has been. */
export class Racer {
  readonly choice: OptimizerChoice;
  readonly path: [number, number][];
  readonly losses: number[];
  /** Evaluations of the loss, those for differences included. */
  evaluations = 0;
  /** Evaluations of the gradient, where it is written down. */
  gradients = 0;
  state: "running" | "arrived" | "diverged" = "running";
  readonly #optimizer: Optimizer<number[]> | Lbfgs<number[]>;
  readonly #loss: (point: ArrayLike<number>) => number;
  readonly #gradient: (point: Float64Array) => ArrayLike<number>;

  constructor(choice: OptimizerChoice, settings: OptimizerSettings, course: Course, start: readonly [number, number]) {
    this.choice = choice;
    this.#optimizer = choice.make(settings).init([...start]) as Optimizer<number[]> | Lbfgs<number[]>;
    this.#loss = (point) => {
      ++this.evaluations;
      return course.value(point[0] as number, point[1] as number);
    };
    const { gradient } = course;
    this.#gradient = gradient
      ? (point) => {
          ++this.gradients;
          return gradient(point[0] as number, point[1] as number);
        }
      : (point) => numericalGradient(this.#loss, point);
    this.path = [[...start]];
    this.losses = [course.value(...start)];
    this.#value = course.value;
  }

  readonly #value: Course["value"];

  get steps(): number {
    return this.path.length - 1;
  }

  get loss(): number {
    return this.losses.at(-1) as number;
  }

  step(): void {
    if (this.state !== "running") return;
    const optimizer = this.#optimizer;
    try {
      const closed = "iterations" in optimizer;
      if (closed) {
        optimizer.step((point) => {
          const value = this.#loss(point);
          return { value, gradient: this.#gradient(point as unknown as Float64Array) };
        });
      } else {
        const gradient = this.#gradient(optimizer.params as unknown as Float64Array);
        if (Math.hypot(gradient[0] as number, gradient[1] as number) < FLAT) {
          this.state = "arrived";
          return;
        }
        optimizer.step(gradient as unknown as number[]);
      }
      const [x, y] = optimizer.params as unknown as [number, number];
      const loss = this.#value(x, y);
      const [x0, y0] = this.path.at(-1) as [number, number];
      if (!Number.isFinite(loss)) this.state = "diverged";
      else if (closed && x === x0 && y === y0)
        this.state = "arrived"; // L-BFGS says so by standing still
      else {
        this.path.push([x, y]);
        this.losses.push(loss);
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.state = "diverged"; // differences and line searches need finite values
    }
  }

  free(): void {
    this.#optimizer.free();
  }
}
