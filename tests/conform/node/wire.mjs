// wire.mjs: the messages of proto/*.proto in JavaScript: read as strictly as SPEC.md section 1 says, and the proofs of section 4 and 6.
import crypto from "node:crypto";
import path from "node:path";
import { createRequire } from "node:module";

const require = createRequire(path.join(process.env.CONFORM_MODULES ?? import.meta.dirname, "x.js"));
const protobuf = require("protobufjs");
export const zmq = require("zeromq");

const ROOT = path.resolve(import.meta.dirname, "../../..");
const root = new protobuf.Root();
root.resolvePath = (_, target) => (path.isAbsolute(target) ? target : path.join(ROOT, "proto", target));
root.loadSync(["envelope.proto", "link.proto", "directory.proto"], { keepCase: true });
root.resolveAll();
export const type = (name) => root.lookupType("lienthong.v1." + name);
export const kinds = root.lookupEnum("lienthong.v1.Kind").values;

export class Refused extends Error {
	constructor(name, detail = "") {
		super(`${name}: ${detail}`);
		this.name = name;
	}
}
export const need = (holds, name, detail) => {
	if (!holds) throw new Refused(name, detail);
};
export const number = (value) => Number(value?.toString() ?? 0); // ids and times of the link are below 2^53
export const sha256 = (...pieces) => pieces.reduce((hash, one) => hash.update(one), crypto.createHash("sha256")).digest();

// ---------------------------------------------------------------- strict reading

const VARINTS = new Set(["uint32", "uint64", "int32", "int64", "sint64", "bool", "enum"]);
// Lists: [most, least]; all others have 64, those of other files no limit.
const LISTS = { "Header.to": [64, 0], "Header.parts": [32, 0], "Header.items": [32, 0], "Header.fields": [32, 0], "Header.foreign_codes": [8, 0],
	"Header.facts": [32, 0], "Header.results": [16, 0], "Envelope.parts": [32, 0], "Hello.agencies": [256, 1], "Proof.agencies": [256, 1],
	"Submit.envelopes": [64, 1], "Answers.answers": [64, 1], "Deliver.items": [64, 1], "Sentence.parameters": [8, 0], "BatchSignature.path": [8, 0],
	"Welcome.agencies": [256, 0], "Bye.agencies": [256, 0], "AgencyWelcome.excepted": [256, 0], "DossierView.branches": [256, 0], "DossierView.hops": [256, 0],
	"DossierView.consults": [256, 0], "DossierView.stuck": [256, 0], "DossierView.owed": [256, 0], "DossierView.can": [256, 0],
	"DossierView.fields": [32, 0], "Hop.foreign_codes": [8, 0], "DossierView.stays": [768, 0], "Stay.parts": [16, 0], "DossiersAnswer.rows": [320, 0],
	"QueryAnswer.procedures": [256, 0], "Digest.tallies": [100, 0] };
const FIXED = { "Hello.nonce": 32, "Challenge.nonce": 32, "Challenge.incarnation": 16, "Challenge.broker_key": 32, "Admitted.id": 16, "Admitted.head": 48,
	"Admitted.verdict_digest": 32, "Admitted.outcome_digest": 32 };

function varint(data, at) {
	let value = 0n;
	for (let shift = 0n; shift < 70n; shift += 7n) {
		if (at >= data.length) throw new RangeError("a number is cut");
		const byte = data[at++];
		value |= BigInt(byte & 0x7f) << shift;
		if (byte < 0x80) {
			if (value >> 64n) throw new RangeError("a number over 64 bits");
			return [value, at];
		}
	}
	throw new RangeError("a number of over 10 bytes");
}

function* each(data) {
	for (let at = 0; at < data.length; ) {
		let tag, value;
		[tag, at] = varint(data, at);
		const field = Number(tag >> 3n), wire = Number(tag & 7n);
		if (field === 0 || tag >> 32n) throw new RangeError("a field number that cannot be");
		if (wire === 0) [value, at] = varint(data, at);
		else {
			let size = { 1: 8n, 5: 4n }[wire];
			if (wire === 2) [size, at] = varint(data, at);
			if (size === undefined) throw new RangeError(`wire type ${wire}`);
			if (size > BigInt(data.length - at)) throw new RangeError("a length beyond the end");
			value = data.subarray(at, at + Number(size));
			at += Number(size);
		}
		yield { field, wire, value, end: at };
	}
}

const kindOf = (field) => (field.resolvedType ? (field.resolvedType instanceof protobuf.Enum ? "enum" : "message") : field.type);
function fits(kind, value) {
	if (kind === "uint32") return value >> 32n === 0n;
	if (kind === "bool") return value < 2n;
	if (kind === "int32" || kind === "enum") return value < 1n << 31n || value >= (1n << 64n) - (1n << 31n);
	return true;
}
function text(bytes, refuse) {
	let good = true;
	try {
		new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch {
		good = false;
	}
	if (bytes.includes(0)) refuse("TEXT_HAS_NUL");
	if (!good) refuse("TEXT_NOT_UTF8");
}
function packed(field, kind, value, refuse, malformed) {
	let count = 0;
	for (let at = 0, one; at < value.length; count++) {
		[one, at] = varint(value, at);
		if (!fits(kind, one)) refuse(malformed);
	}
	return count;
}

/** One way through the bytes, the first fault is the reason (SPEC.md, "Order of the walk"). */
function walk(data, message, malformed) {
	const seen = new Set(), counts = {};
	const refuse = (name, detail = "") => {
		throw new Refused(name, `${message.name} ${detail}`);
	};
	try {
		for (const { field: id, wire, value } of each(data)) {
			const field = message.fieldsById[id] ?? refuse("FIELD_UNKNOWN", id);
			const kind = kindOf(field);
			if (field.repeated) {
				const many = VARINTS.has(kind) && wire === 2;
				counts[field.name] = (counts[field.name] ?? 0) + (many ? packed(field, kind, value, refuse, malformed) : 1);
				if (many) continue;
			} else {
				const slot = field.partOf ? field.partOf.name : id;
				if (seen.has(slot)) refuse("FIELD_REPEATED", field.name);
				seen.add(slot);
			}
			if (wire !== (VARINTS.has(kind) ? 0 : 2) || (wire === 0 && !fits(kind, value))) refuse(malformed, field.name);
			if (kind === "string") text(value, refuse);
			else if (kind === "message") walk(value, field.resolvedType, malformed);
		}
	} catch (fault) {
		if (fault instanceof RangeError) refuse(malformed, fault.message);
		throw fault;
	}
	const limited = !/directory/.test(message.filename ?? "");
	for (const field of message.fieldsArray.filter((one) => one.repeated).sort((a, b) => a.id - b.id)) {
		const [most, least] = LISTS[`${message.name}.${field.name}`] ?? [limited ? 64 : Infinity, 0], count = counts[field.name] ?? 0;
		if (count > most || count < least) refuse("COUNT_EXCEEDED", field.name);
	}
}

export function read(data, name, malformed = "FRAME_MALFORMED") {
	walk(data, type(name), malformed);
	return type(name).decode(data);
}

function fixed(message, value) {
	for (const field of message.fieldsArray) {
		const size = FIXED[`${message.name}.${field.name}`];
		need(!size || value[field.name].length === size, "FRAME_MALFORMED", field.name);
	}
}

/** {kind, message} of a whole ZeroMQ message. */
export function readLink(data) {
	let first;
	try {
		first = each(data).next().value;
	} catch {
		first = undefined;
	}
	need(first, "FRAME_MALFORMED", "not one field");
	if (first.field <= 18 && first.wire === 2 && first.end < data.length) {
		try {
			each(data.subarray(first.end)).next();
		} catch {
			throw new Refused("TRAILING_BYTES");
		}
	}
	const link = read(data, "Link"), kind = link.message;
	need(kind, "FRAME_MALFORMED", "a Link without a message");
	const message = link[kind];
	fixed(message.$type, message);
	for (const one of kind === "answers" ? message.answers : []) if (one.admitted) fixed(type("Admitted"), one.admitted);
	return { kind, message };
}

// ---------------------------------------------------------------- texts that are signed, and trees

const field = (bytes) => {
	const size = Buffer.alloc(4);
	size.writeUInt32BE(bytes.length);
	return Buffer.concat([size, bytes]);
};
export function proofText(domain, agency, brokerNonce, nonce, brokerKey, key, resume) {
	const end = Buffer.alloc(8);
	end.writeBigUInt64BE(BigInt(resume));
	return Buffer.concat([Buffer.from("lienthong.proof.v1\n"), ...[Buffer.from(domain), Buffer.from(agency), brokerNonce, nonce, brokerKey, key].map(field), end]);
}
export function batchText(count, top) {
	const head = Buffer.alloc(4);
	head.writeUInt32BE(count);
	return Buffer.concat([Buffer.from("lienthong.batch.v1\n"), head, top]);
}
export const leafHash = (data) => sha256(Buffer.from([0]), data);
const nodeHash = (left, right) => sha256(Buffer.from([1]), left, right);
export function merkleRoot(leaves) {
	if (leaves.length === 0) return sha256();
	if (leaves.length === 1) return leaves[0];
	let split = 1;
	while (split * 2 < leaves.length) split *= 2;
	return nodeHash(merkleRoot(leaves.slice(0, split)), merkleRoot(leaves.slice(split)));
}
/** RFC 9162 section 2.1.3.2; null when it cannot be one. */
export function pathRoot(leaf, index, count, hashes) {
	if (index >= count) return null;
	let fn = index, sn = count - 1, value = leaf;
	for (const node of hashes) {
		if (sn === 0 || node.length !== 32) return null;
		if (fn % 2 || fn === sn) {
			value = nodeHash(node, value);
			while (fn % 2 === 0 && fn) [fn, sn] = [fn >> 1, sn >> 1];
		} else value = nodeHash(value, node);
		[fn, sn] = [fn >> 1, sn >> 1];
	}
	return sn === 0 ? value : null;
}
/** RFC 9162 section 2.1.4.2. */
export function consistent(oldCount, oldRoot, count, top, proof) {
	if (oldCount === count) return proof.length === 0 && oldRoot.equals(top);
	if (oldCount === 0) return proof.length === 0 && oldRoot.equals(merkleRoot([]));
	if (oldCount > count || proof.length === 0) return false;
	const hashes = (oldCount & (oldCount - 1)) === 0 ? [oldRoot, ...proof] : [...proof];
	let fn = oldCount - 1, sn = count - 1;
	while (fn % 2) [fn, sn] = [fn >> 1, sn >> 1];
	let fr = hashes[0], sr = hashes[0];
	for (const node of hashes.slice(1)) {
		if (sn === 0) return false;
		if (fn % 2 || fn === sn) {
			[fr, sr] = [nodeHash(node, fr), nodeHash(node, sr)];
			while (fn % 2 === 0 && fn) [fn, sn] = [fn >> 1, sn >> 1];
		} else sr = nodeHash(sr, node);
		[fn, sn] = [fn >> 1, sn >> 1];
	}
	return fr.equals(oldRoot) && sr.equals(top) && sn === 0;
}
/** H(signature) of section 6. */
export function signatureDigest(signature) {
	const le = (value) => {
		const out = Buffer.alloc(4);
		out.writeUInt32LE(value);
		return out;
	};
	let message = {};
	try {
		message = read(signature, "Signature");
	} catch (fault) {
		if (!(fault instanceof Refused)) throw fault;
	}
	if (message.form === "cms") return sha256(le(1), sha256(message.cms));
	const batch = message.batch;
	const placed = message.form === "batch" && batch.index < batch.count && batch.count <= 256 && !batch.root;
	if (placed && batch.path.length <= 8 && batch.path.every((step) => step.length === 32))
		return sha256(le(2), sha256(batch.cms), le(batch.count), le(batch.index), ...batch.path);
	return sha256(le(0), sha256(signature));
}
export function receiptHead(head) {
	return { form: head.readUInt32LE(0), sequence: Number(head.readBigUInt64LE(8)), time: Number(head.readBigInt64LE(16)) };
}
export const receiptLeaf = (head, verdict, outcome, header, signature) => leafHash(Buffer.concat([head, sha256(header), signatureDigest(signature), verdict, outcome]));

/** A signed note, by one of the ledger keys (raw Ed25519): {origin, size, root}. */
export function readCheckpoint(note, keys, domain) {
	const whole = note.toString("utf8"), cut = whole.lastIndexOf("\n\n");
	need(cut > 0, "CHECKPOINT_INVALID", "no note");
	const body = whole.slice(0, cut + 1), [origin, size, top] = body.split("\n");
	need(origin.startsWith(domain + "/") && /^(0|[1-9]\d*)$/.test(size), "CHECKPOINT_INVALID", origin);
	for (const line of whole.slice(cut + 2).split("\n").filter(Boolean)) {
		const [dash, name, value] = line.split(" "), raw = Buffer.from(value ?? "", "base64");
		for (const key of keys) {
			const id = sha256(Buffer.from(`${name}\n`), Buffer.from([1]), key).subarray(0, 4);
			if (dash !== "—" || name !== origin || !raw.subarray(0, 4).equals(id)) continue;
			const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), key]);
			if (crypto.verify(null, Buffer.from(body), crypto.createPublicKey({ key: spki, format: "der", type: "spki" }), raw.subarray(4)))
				return { origin, size: Number(size), root: Buffer.from(top, "base64") };
		}
	}
	throw new Refused("CHECKPOINT_INVALID", "not signed by a key of the directory");
}
