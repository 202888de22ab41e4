/** Kernels of neural networks; names end in the type of the numbers. Matrices are dense, row by row. */
export { activate_f32, activate_f64, differentiate_f32, differentiate_f64 } from "./activation";
export { dropout_f32, dropout_f64 } from "./dropout";
export { hits_f32, hits_f64, lossOf_f32, lossOf_f64, softmax_f32, softmax_f64 } from "./loss";
export { product_f32, product_f64 } from "./product";
export { columnSums_f32, columnSums_f64, firstNotFinite_f32, firstNotFinite_f64, gather } from "./rows";
