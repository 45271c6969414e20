// A first hand-off with Node alone: node first_handoff.mjs SANDBOX. The page: docs/first-handoff.md.
import { readFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'

class Adapter {
  constructor(sandbox, agency) {
    const folder = `${sandbox}/adapters/${agency}`
    this.api = readFileSync(`${folder}/env`, 'utf8').split('\n')[0].replace('API=', '')
    this.token = readFileSync(`${folder}/token`, 'utf8').trim()
  }

  async call(method, path, body) {
    const headers = { Authorization: `Bearer ${this.token}` }
    // Made once for each act and kept with it: the same key again is the same act.
    if (body) headers['Idempotency-Key'] = randomUUID()
    const answer = await fetch(this.api + path, { method, headers, body: body && JSON.stringify(body) })
    const json = await answer.json()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${json.code} ${json.detail}`)
    return json
  }
}

const sandbox = process.argv[2]
const district = new Adapter(sandbox, 'H37.24')
const department = new Adapter(sandbox, 'H37.11')

const { code } = await district.call('POST', '/v1/codes', {})
await district.call('POST', '/v1/envelopes', {
  kind: 'OPEN', dossier: code, to: [{ agency: 'H37.24' }], procedure: '1.010828', received: true,
  body: { hoTen: 'Hoàng Thị Sáu' }
})
const sent = await district.call('POST', '/v1/envelopes', {
  kind: 'FORWARD', dossier: code, to: [{ agency: 'H37.11', leg: 'doi-chieu' }]
})

let after = '0', item
while (!item) {
  const page = await department.call('GET', `/v1/inbox?after=${after}&wait=30`)
  item = page.items.find(i => i.id === sent.id)
  after = page.after
}
await department.call('POST', `/v1/inbox/${item.number}/accept`, {})

const state = await district.call('GET', `/v1/envelopes/${sent.id}?wait=30&until=answered`)
console.log(code, state.answers[0].state)
