// Checks files of linked data against the SHACL shapes of CPSV-AP 3.2.0:
//
//   node check.mjs FILE.jsonld…
//
// It prints what it checked and each violation with the name of the thing, and
// fails if there is one, or if a file says nothing.
import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { JsonLdParser } from 'jsonld-streaming-parser'
import { DataFactory, Parser, Store } from 'n3'
import Validator from 'rdf-validate-shacl'

const SHOWN = 20
// The parser's time grows with the square of what it is given at once.
const CHUNK = 200

const type = DataFactory.namedNode('http://www.w3.org/1999/02/22-rdf-syntax-ns#type')
const service = DataFactory.namedNode('http://purl.org/vocab/cpsv#PublicService')
const validator = new Validator(new Store(new Parser().parse(readFileSync(new URL('cpsv-ap-SHACL.ttl', import.meta.url), 'utf8'))), { maxErrors: 1000 })

async function statements (file) {
  const { '@context': context, '@graph': graph } = JSON.parse(readFileSync(file, 'utf8'))
  if (typeof context !== 'object' || !Array.isArray(graph)) throw new Error(`${file} holds no context of its own or no graph`)
  const store = new Store()
  for (let i = 0; i < graph.length; i += CHUNK) {
    const part = JSON.stringify({ '@context': context, '@graph': graph.slice(i, i + CHUNK) })
    for await (const quad of Readable.from([part]).pipe(new JsonLdParser())) store.add(quad)
  }
  return store
}

let failed = false
for (const file of process.argv.slice(2)) {
  const began = Date.now()
  const data = await statements(file)
  const found = (await validator.validate(data)).results.map(r =>
    [r.focusNode, r.path, r.value, r.sourceConstraintComponent].filter(Boolean).map(t => t.value.split('/ns/shacl#').pop()).join('  '))
  console.log(`${file}: ${data.countQuads(null, type, service)} services, ${data.size} statements, ${found.length} violations, ${((Date.now() - began) / 1000).toFixed(1)} s`)
  for (const text of found.slice(0, SHOWN)) console.log('  ' + text)
  if (found.length > SHOWN) console.log(`  and ${found.length - SHOWN} more`)
  if (found.length > 0 || data.size === 0) failed = true
}
if (process.argv.length < 3) {
  console.error('usage: node check.mjs FILE.jsonld…')
  failed = true
}
process.exitCode = failed ? 1 : 0
