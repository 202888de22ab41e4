declare module "ndarray";
