// adapter.mjs: an adapter in JavaScript, written from proto/SPEC.md, with zeromq and protobufjs from npm and the openssl command for CMS. It takes
// the orders of docs/conformance.md. Everything that must outlive a kill is a line of state/log, synced before it is spoken of.
//
// usage: CONFORM_MODULES=FOLDER-WITH-node_modules node adapter.mjs FOLDER
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";
import { enrolled, sign, trusted, signedBy, listGood, pemDer } from "./cms.mjs";
import { judge } from "./judge.mjs";
import { Refused, batchText, consistent, kinds, leafHash, need, number, pathRoot, proofText, read, readCheckpoint, readLink, receiptHead, sha256, type, zmq } from "./wire.mjs";
import { REASONS, reasonName } from "./reasons.mjs";

const OWN_TROUBLE = new Set(["SENDER_UNKNOWN", "CERTIFICATE_NOT_ENROLLED", "CERTIFICATE_UNTRUSTED"]);
const OFFSET_MAX = 60e6, NEAR = 900e6; // microseconds: SPEC.md section 5, "Time" and "Submitting"
const CHUNK = 512 * 1024, FIRST_WAIT = 200, LAST_WAIT = 5000, TICK = 20; // milliseconds
const BROKER_LEVEL = 6, NOTICES = 64;
const micros = () => Date.now() * 1000;
const hex = (bytes) => Buffer.from(bytes).toString("hex");
const b64 = (bytes) => Buffer.from(bytes).toString("base64");
const un64 = (text) => Buffer.from(text, "base64");

/** UUIDv7, RFC 9562. */
function makeId() {
	const raw = crypto.randomBytes(16);
	raw.writeUIntBE(Date.now(), 0, 6);
	raw[6] = (raw[6] & 0x0f) | 0x70;
	raw[8] = (raw[8] & 0x3f) | 0x80;
	return raw;
}

class Adapter {
	constructor(folder) {
		this.at = (name) => path.join(folder, name);
		const told = JSON.parse(fs.readFileSync(this.at("conform.json")));
		const key = (name) => fs.readFileSync(this.at(name), "utf8").trim();
		Object.assign(this, { code: told.agency, domain: told.domain, endpoint: told.endpoint, public: key("curve.public"), secret: key("curve.secret"),
			brokerKey: key("broker.public"), crl: fs.readFileSync(this.at("crl.der")) });
		Object.assign(this, { outbox: new Map(), taken: [], known: new Map(), quarantine: new Map(), held: [], onDisk: 0, highest: 0, kept: null,
			incarnation: "", directory: null, directoryRaw: Buffer.alloc(0), directoryVersion: 0, listsSeen: new Set(), ahead: 0 });
		Object.assign(this, { wait: FIRST_WAIT, beginAt: 0, socket: null, welcome: null });
		if (fs.existsSync(this.at("state/log"))) for (const line of fs.readFileSync(this.at("state/log"), "utf8").split("\n").slice(0, -1)) this.apply(JSON.parse(line));
		this.log = fs.openSync(this.at("state/log"), "a");
	}

	// ---------------------------------------------------------------- the disk

	put(event) {
		this.apply(event);
		fs.writeSync(this.log, JSON.stringify(event) + "\n");
		fs.fsyncSync(this.log);
	}

	apply(event) {
		const as = {
			out: () => this.outbox.set(event.id, { state: "queued", bytes: un64(event.bytes), dossier: event.dossier, at: 0, wait: 1000, open: false }),
			state: () => {
				this.outbox.get(event.id).state = event.state;
				this.highest = Math.max(this.highest, event.sequence ?? 0);
			},
			item: () => this.applyItem(event),
			let: () => {
				this.held = this.held.filter((one) => one.number !== event.number);
				this.taken.push(event.id);
			},
			directory: () => this.useDirectory(un64(event.bytes)),
			list: () => (this.crl = un64(event.bytes)),
			checkpoint: () => (this.kept = { origin: event.origin, size: event.size, root: un64(event.root) }),
			incarnation: () => (this.incarnation = event.hex),
		};
		as[event.what]();
	}

	applyItem(event) {
		this.onDisk = Math.max(this.onDisk, event.number);
		if (event.state === "taken") this.taken.push(event.id);
		if (event.state === "held") this.held.push(event);
		if (event.state === "quarantine") this.quarantine.set(event.number, event);
		if (["taken", "held"].includes(event.state)) this.known.set(event.id, un64(event.bytes));
	}

	// ---------------------------------------------------------------- the session

	begin() {
		const socket = new zmq.Dealer({ linger: 0, curveServerKey: this.brokerKey, curvePublicKey: this.public, curveSecretKey: this.secret });
		Object.assign(this, { socket, sending: Promise.resolve(), nonce: crypto.randomBytes(32), proved: false, welcome: null, queue: [], getting: null,
			list: null, shown: false });
		socket.connect(this.endpoint);
		this.say({ hello: { version_min: 1, version_max: 1, nonce: this.nonce, agencies: [this.code], software: "node-adapter/1", directory_version: this.directoryVersion,
			directory_sha256: this.directoryVersion ? sha256(this.directoryRaw) : undefined, lists: [sha256(this.crl)] } });
		this.hear(socket);
	}

	async hear(socket) {
		try {
			for await (const frames of socket) {
				if (socket !== this.socket) return;
				const { kind, message } = readLink(frames[0]);
				this["on_" + kind]?.(message);
				this.turn();
			}
		} catch (fault) {
			if (socket !== this.socket) return; // it was closed
			if (!(fault instanceof Refused)) throw fault;
			this.end();
		}
	}

	say(message) {
		const bytes = Buffer.from(type("Link").encode(type("Link").fromObject(message)).finish()), socket = this.socket;
		this.sending = this.sending.then(() => (socket === this.socket ? socket.send(bytes) : null)).catch(() => null);
	}

	end(back = true) {
		const socket = this.socket;
		this.socket = this.welcome = null;
		socket?.close();
		this.beginAt = back ? Date.now() + this.wait * (0.8 + 0.4 * Math.random()) : Infinity;
		this.wait = Math.min(this.wait * 2, LAST_WAIT);
		for (const one of this.outbox.values()) one.open = false;
	}

	on_challenge(challenge) {
		if (challenge.domain !== this.domain || challenge.version !== 1 || this.proved) return this.end();
		this.proved = true;
		this.ahead = number(challenge.time) - micros();
		this.met = hex(challenge.incarnation);
		const raw = (z85) => Buffer.from(decodeZ85(z85));
		const text = proofText(this.domain, this.code, challenge.nonce, this.nonce, raw(this.brokerKey), raw(this.public), this.onDisk);
		this.say({ proof: { agencies: [{ agency: this.code, cms: sign(this, text), resume: this.onDisk }] } });
	}

	on_welcome(welcome) {
		if (!welcome.max_message || !welcome.max_envelopes || !welcome.credit_envelopes || !number(welcome.credit_bytes)) return this.end();
		this.welcome = welcome;
		this.epoch = number(welcome.epoch);
		this.wait = FIRST_WAIT;
		this.said = new Set(welcome.agencies[0].excepted.map((one) => number(one.number)));
		if ((this.incarnation && this.incarnation !== this.met) || number(welcome.head) < this.highest)
			for (const [id, one] of this.outbox) if (one.state === "admitted") this.put({ what: "state", id, state: "queued" });
		if (this.incarnation !== this.met) this.put({ what: "incarnation", hex: this.met });
		for (const one of this.outbox.values()) one.at = 0;
		this.wantDirectory(number(welcome.directory_version));
		this.say({ credit: { agency: this.code, envelopes: 256, bytes: 16 << 20 } });
		this.pingAt = 0;
		if (this.quarantine.size) this.sayReceived();
		this.showLedger();
	}

	on_pong(pong) {
		this.ahead = number(pong.time) - micros();
		if (!this.welcome) return;
		this.wantDirectory(number(pong.directory_version));
		const fresh = pong.lists.find((one) => !sha256(this.crl).equals(one) && !this.listsSeen.has(hex(one)));
		if (fresh && !this.list) {
			this.list = { sha256: fresh, data: Buffer.alloc(0) };
			this.say({ list_get: { sha256: fresh, offset: 0 } });
		}
	}

	on_list_chunk(chunk) {
		if (!this.list || !this.list.sha256.equals(chunk.sha256)) return;
		this.list.data = Buffer.concat([this.list.data, chunk.data]);
		if (chunk.data.length && this.list.data.length < number(chunk.size)) return this.say({ list_get: { sha256: chunk.sha256, offset: this.list.data.length } });
		const { data } = this.list;
		this.listsSeen.add(hex(chunk.sha256));
		this.list = null;
		if (sha256(data).equals(chunk.sha256) && listGood(this, data)) {
			this.put({ what: "list", bytes: b64(data) });
			this.tryHeld();
		}
	}

	on_bye(bye) {
		const name = reasonName(bye.reason);
		if (name === "SESSION_UNKNOWN" && !this.proved) return; // of the session before
		this.end(name !== "SESSION_SUPERSEDED");
		if (name === "SESSION_REFUSALS") this.beginAt = Date.now() + 60000;
	}

	// ---------------------------------------------------------------- directory and ledger

	wantDirectory(version) {
		if (version <= this.directoryVersion || this.getting) return;
		this.getting = Buffer.alloc(0);
		this.say({ directory_get: { version: 0, offset: 0 } });
	}

	on_directory_chunk(chunk) {
		if (!this.getting) return;
		this.getting = number(chunk.offset) === this.getting.length ? Buffer.concat([this.getting, chunk.data]) : Buffer.alloc(0);
		if (!chunk.data.length || this.getting.length < number(chunk.size)) return this.say({ directory_get: { version: 0, offset: this.getting.length } });
		const data = this.getting;
		this.getting = null;
		try {
			const signed = read(data, "SignedDirectory"), registrar = pemDer(fs.readFileSync(this.at("registrar.pem"), "utf8"));
			signedBy(this, signed.cms, signed.directory, [registrar]);
			trusted(this, registrar);
			const body = read(signed.directory, "Directory");
			need(body.type === "lienthong.directory.v1" && body.domain === this.domain && number(body.version) > this.directoryVersion, "DIRECTORY_INVALID");
		} catch (fault) {
			if (!(fault instanceof Refused)) throw fault;
			return console.error(`directory: ${fault.message}`);
		}
		this.put({ what: "directory", bytes: b64(data) });
		this.tryHeld();
		this.showLedger();
	}

	useDirectory(data) {
		this.directory = read(read(data, "SignedDirectory").directory, "Directory");
		this.directoryRaw = data;
		this.directoryVersion = number(this.directory.version);
		this.ledgerKeys = this.directory.agencies.filter((one) => one.level === BROKER_LEVEL).flatMap((one) => one.ledger_keys.map((key) => key.key));
	}

	on_directory_get(get) {
		const offset = number(get.offset);
		this.say({ directory_chunk: { version: this.directoryVersion, offset, size: this.directoryRaw.length, data: this.directoryRaw.subarray(offset, offset + CHUNK) } });
	}

	on_list_get(get) {
		const mine = sha256(this.crl).equals(get.sha256) ? this.crl : Buffer.alloc(0), offset = number(get.offset);
		this.say({ list_chunk: { sha256: get.sha256, offset, size: mine.length, data: mine.subarray(offset, offset + CHUNK) } });
	}

	/** Nothing is submitted in a session before the ledger is shown to have grown out of what was kept. */
	showLedger() {
		if (!this.welcome || this.shown || !this.directory) return;
		const note = this.welcome.checkpoint;
		if (!note.length && !this.kept) return (this.shown = true);
		const seen = this.checkpoint(note);
		if (!seen) return;
		if (!this.kept) this.keep(seen);
		else if (seen.origin === this.kept.origin && seen.size === this.kept.size) this.shown = seen.root.equals(this.kept.root);
		else if (seen.origin === this.kept.origin && seen.size > this.kept.size) this.say({ query: { token: 1, agency: this.code, ledger: true, old_size: this.kept.size } });
	}

	checkpoint(note) {
		try {
			return readCheckpoint(note, this.ledgerKeys, this.domain);
		} catch (fault) {
			if (!(fault instanceof Refused)) throw fault;
			return null;
		}
	}

	keep(seen) {
		this.put({ what: "checkpoint", origin: seen.origin, size: seen.size, root: b64(seen.root) });
		this.shown = true;
	}

	on_query_answer(answer) {
		const seen = answer.ledger && !this.shown && this.checkpoint(answer.ledger.checkpoint);
		if (seen && seen.origin === this.kept.origin && consistent(this.kept.size, this.kept.root, seen.size, seen.root, answer.ledger.consistency)) this.keep(seen);
	}

	// ---------------------------------------------------------------- sending

	order_send(order) {
		if (Math.abs(this.ahead) > OFFSET_MAX) return { refused: "CLOCK_WRONG" };
		const parts = (order.parts ?? []).map((one) => fs.readFileSync(one.file)), id = makeId();
		const more = Object.fromEntries(["branch", "branch_version", "reason", "subject", "procedure", "procedure_version"].filter((name) => order[name]).map((name) => [name, order[name]]));
		const fields = { type: "lienthong.header.v1", domain: this.domain, id, kind: kinds["KIND_" + order.kind], sender: this.code, to: order.to, dossier: order.dossier,
			sent_at: micros(), parts: parts.map((data, n) => ({ name: order.parts[n].name, media_type: order.parts[n].media_type, size: data.length, sha256: sha256(data) })), ...more };
		if (order.in_reply_to) fields.in_reply_to = Buffer.from(order.in_reply_to, "hex");
		const header = type("Header").encode(type("Header").fromObject(fields)).finish();
		const signature = type("Signature").encode({ cms: sign(this, header) }).finish();
		this.put({ what: "out", id: hex(id), dossier: order.dossier, bytes: b64(type("Envelope").encode({ header, signature, parts }).finish()) });
		return { id: hex(id) };
	}

	order_answer(order) {
		const item = type("Delivery").decode(this.known.get(order.id)), header = type("Header").decode(item.envelope.header);
		return this.order_send({ kind: order.accept ? "ACCEPT" : "REFUSE", dossier: header.dossier, to: [{ agency: header.sender }], branch: item.branch,
			branch_version: number(item.branch_version), in_reply_to: order.id, reason: order.reason });
	}

	submitMore() {
		if (!this.welcome || !this.shown) return;
		const waits = new Set();
		let open = [...this.outbox.values()].filter((one) => one.open).length;
		for (const one of this.outbox.values()) {
			if (one.state !== "queued" || one.open || waits.has(one.dossier)) continue;
			if (open >= this.welcome.credit_envelopes) return;
			if (Date.now() < one.at) waits.add(one.dossier); // what follows of that dossier waits behind it
			else {
				one.open = true;
				open++;
				this.say({ submit: { envelopes: [type("Envelope").decode(one.bytes)] } });
			}
		}
	}

	on_answers(answers) {
		for (const { admitted, rejected } of answers.answers) {
			const said = admitted ?? rejected, one = this.outbox.get(hex(said.id));
			if (!one || one.state !== "queued") continue;
			one.open = false;
			if (admitted && this.receiptHolds(said)) this.put({ what: "state", id: hex(said.id), state: "admitted", sequence: number(said.sequence) });
			else if (admitted) one.at = Infinity; // not in this session
			else if (said.retry) {
				one.at = Date.now() + one.wait;
				one.wait *= 2;
			} else this.put({ what: "state", id: hex(said.id), state: "rejected" });
		}
	}

	receiptHolds(said) {
		const head = receiptHead(said.head), time = number(said.time), sequence = number(said.sequence), made = said.id.readUIntBE(0, 6) * 1000;
		return head.form === 1 && head.sequence === sequence && head.time === time && sequence > this.epoch && time >= made - NEAR && time <= micros() + this.ahead + NEAR;
	}

	// ---------------------------------------------------------------- receiving

	on_deliver(deliver) {
		for (const item of deliver.items) {
			if (item.envelope) item.envelope.signature = whole(item.envelope.signature, deliver.roots);
			this.queue.push(item);
		}
	}

	receiveMore() {
		if (!this.welcome || this.getting || this.list || !this.queue.length) return;
		for (const item of this.queue.splice(0)) {
			if (number(item.previous) > this.onDisk) return this.end(); // one is missing: a new session brings it
			if (number(item.number) > this.onDisk) this.store(item);
		}
		this.sayReceived();
	}

	sayReceived() {
		const exceptions = [...this.quarantine.values()].filter((one) => !this.said.has(one.number)).slice(0, 64);
		this.say({ received: { agency: this.code, number: this.onDisk, exceptions: exceptions.map((one) => ({ number: one.number, reason: REASONS[one.reason], sha256: un64(one.digest) })) } });
	}

	store(item) {
		const seen = this.look(item), one = item.envelope ?? { header: Buffer.alloc(0), signature: Buffer.alloc(0), parts: [] };
		this.put({ what: "item", number: number(item.number), ...seen, digest: b64(sha256(...[one.header, one.signature, ...one.parts].map((piece) => sha256(piece)))),
			bytes: b64(type("Delivery").encode(item).finish()) });
	}

	/** {state, reason, id, dossier} of what came. */
	look(item) {
		if (number(item.erased_by)) return { state: "erased" };
		const seen = { id: "", dossier: "" };
		try {
			const header = read(item.envelope.header, "Header", "HEADER_MALFORMED");
			Object.assign(seen, { id: hex(header.id), dossier: header.dossier });
			this.check(item, header);
		} catch (fault) {
			if (!(fault instanceof Refused)) throw fault;
			return { state: OWN_TROUBLE.has(fault.name) ? "held" : "quarantine", reason: fault.name, ...seen };
		}
		if (this.known.has(seen.id)) return { state: "again", ...seen };
		const behind = [...this.held, ...this.quarantine.values()].some((one) => one.dossier === seen.dossier);
		return { state: behind ? "held" : "taken", ...seen };
	}

	check(item, header) {
		const agency = this.directory?.agencies.find((one) => one.code === header.sender);
		need(header.type === "lienthong.header.v1", "HEADER_TYPE_UNKNOWN");
		need(header.domain === this.domain, "DOMAIN_WRONG", header.domain);
		const meant = item.recipient ? [header.to[item.recipient - 1]] : header.to;
		need(meant.some((one) => one?.agency === this.code), "NOT_ADDRESSED_TO_US");
		need(agency, "SENDER_UNKNOWN", header.sender);
		need(header.kind < NOTICES || agency.level === BROKER_LEVEL, "KIND_NOT_SUPPORTED", "a notice of an agency");
		const certificate = this.signer(item.envelope, enrolled(agency, number(item.time)));
		trusted(this, certificate);
		if (!item.parts_elided) checkParts(header, item.envelope.parts);
	}

	signer(one, certificates) {
		const signature = read(one.signature, "Signature", "SIGNATURE_MALFORMED");
		if (signature.form === "cms") return signedBy(this, signature.cms, one.header, certificates);
		need(signature.form === "batch" && !signature.batch.root, "SIGNATURE_MALFORMED");
		const { index, count, path: hashes, cms } = signature.batch;
		const top = count >= 1 && count <= 256 ? pathRoot(leafHash(one.header), index, count, hashes) : null;
		need(top, "BATCH_PATH_WRONG");
		return signedBy(this, cms, batchText(count, top), certificates);
	}

	tryHeld() {
		for (const one of [...this.held]) {
			const item = type("Delivery").decode(un64(one.bytes));
			this.held = this.held.filter((other) => other !== one);
			this.known.delete(one.id);
			const { state } = this.look(item);
			this.held.push(one);
			this.known.set(one.id, un64(one.bytes));
			if (state === "taken") this.put({ what: "let", number: one.number, id: one.id });
		}
	}

	// ---------------------------------------------------------------- turns and orders

	turn() {
		if (!this.socket && Date.now() >= this.beginAt) this.begin();
		this.receiveMore();
		this.submitMore();
		if (this.welcome && Date.now() >= this.pingAt) {
			this.pingAt = Date.now() + this.welcome.ping_interval_ms;
			this.say({ ping: { token: crypto.randomInt(1 << 30) } });
		}
	}

	obey(order) {
		if (order.do === "judge") return { reason: judge(order) };
		if (order.do === "outbox") return { state: this.outbox.get(order.id)?.state };
		if (order.do === "inbox") return { ids: this.taken };
		return this["order_" + order.do](order);
	}
}

/** A pointer to a root holds within its message alone (SPEC.md, "Roots"). */
function whole(bytes, roots) {
	let signature;
	try {
		signature = type("Signature").decode(bytes);
	} catch {
		return bytes;
	}
	const at = signature.batch?.root;
	if (signature.form !== "batch" || signature.batch.cms.length || !(at >= 1 && at <= roots.length)) return bytes;
	Object.assign(signature.batch, { cms: roots[at - 1], root: 0 });
	return type("Signature").encode(signature).finish();
}

function checkParts(header, parts) {
	need(parts.length === header.parts.length, "PART_COUNT_WRONG");
	header.parts.forEach((info, n) => {
		need(number(info.size) === parts[n].length, "PART_SIZE_WRONG", info.name);
		need(sha256(parts[n]).equals(info.sha256), "PART_DIGEST_WRONG", info.name);
	});
}

/** Z85 (rfc.zeromq.org/spec/32). */
function decodeZ85(text) {
	const digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#", out = [];
	for (let at = 0; at < text.length; at += 5) {
		let value = 0;
		for (const char of text.slice(at, at + 5)) value = value * 85 + digits.indexOf(char);
		out.push((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
	}
	return out;
}

const adapter = new Adapter(process.argv[2]);
process.stdout.write(JSON.stringify({ ready: true, name: "node-adapter", offers: ["vectors.link", "vectors.proof", "vectors.merkle", "vectors.leaf"] }) + "\n");
readline.createInterface({ input: process.stdin })
	.on("line", (line) => {
		process.stdout.write(JSON.stringify(adapter.obey(JSON.parse(line))) + "\n");
		adapter.turn();
	})
	.on("close", () => process.exit(0));
setInterval(() => adapter.turn(), TICK);
