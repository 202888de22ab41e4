/** Kernels of neural networks; names end in the type of the numbers. Matrices are dense, row by row. */
export { product_f32, product_f64 } from "./product";
