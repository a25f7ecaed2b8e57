/** What the products that Candor brings say in formats of their own, for an edge. */
import { product as dblab } from '../products/dblab/product.ts'
import { product as dlt } from '../products/dlt/product.ts'
import type { ProductBehaviour } from '../products/product.ts'
import { product as readyset } from '../products/readyset/product.ts'
import { product as timescaledb } from '../products/timescaledb/product.ts'

export const builtIn: Readonly<Record<string, ProductBehaviour>> = {
  dblab,
  dlt,
  readyset,
  timescaledb
}
