/** For the entries of edge runtimes, which import it before all code: a worker has 128 MB for everything. */
import { budget } from "./wasm/budget.js";

budget.maximumMemory = 48 * 2 ** 20;
budget.initialMemory = 1.5 * 2 ** 20;
