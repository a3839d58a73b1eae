// node unpack.mjs FILE: writes the browser out of the package to FILE. The lock
// file vouches for the package, the sum below for what comes out of it.
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

const sum = '072d00f426dd0de3386e5b3aa090229463ddc79a516b32ead9a811221b62308b';
const packed = new URL('node_modules/chrome-aws-lambda/bin/chromium-69.0.3494.0.br', import.meta.url);
const program = brotliDecompressSync(readFileSync(packed));
if (createHash('sha256').update(program).digest('hex') !== sum) {
  throw new Error('this is not the Chromium that the tests were written for');
}
const file = process.argv[2];
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file + '.part', program);
chmodSync(file + '.part', 0o755);
renameSync(file + '.part', file); // never half a browser under its name
