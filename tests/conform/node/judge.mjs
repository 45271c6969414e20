// judge.mjs: entries of proto/vectors: the name of the reason, or OK.
import fs from "node:fs";
import path from "node:path";
import { Refused, consistent, leafHash, merkleRoot, need, pathRoot, proofText, readLink, receiptHead, receiptLeaf } from "./wire.mjs";

const bytes = (hex) => Buffer.from(hex, "hex");
const JUDGES = {
	link: (one, data) => need(readLink(data(one.file)).kind === one.type, "FRAME_MALFORMED"),
	proof: (one, data) => {
		const keys = [one.broker_nonce, one.adapter_nonce, one.broker_key, one.adapter_key].map(bytes);
		need(proofText(one.domain, one.agency, ...keys, one.resume).equals(data(one.file)), "PROOF_INVALID");
	},
	merkle: (one) => {
		const top = bytes(one.root);
		let holds;
		if (one.leaves) holds = merkleRoot(one.leaves.map((text) => leafHash(Buffer.from(text)))).equals(top);
		else if (one.path) holds = pathRoot(bytes(one.leaf), one.index, one.count, one.path.map(bytes))?.equals(top) ?? false;
		else holds = consistent(one.old_count, bytes(one.old_root), one.count, top, one.proof.map(bytes));
		need(holds, "BATCH_PATH_WRONG");
	},
	leaf: (one, data) => {
		const [head, verdict, outcome] = [one.head, one.verdict_digest, one.outcome_digest].map(bytes), told = receiptHead(head);
		need(told.sequence === one.sequence && told.time === one.time, "FRAME_MALFORMED");
		need(receiptLeaf(head, verdict, outcome, data(one.header), data(one.file)).equals(bytes(one.leaf)), "FRAME_MALFORMED");
	},
};

export function judge(one) {
	try {
		JUDGES[one.what](one, (name) => fs.readFileSync(path.join(one.folder, name)));
		return "OK";
	} catch (fault) {
		if (fault instanceof Refused) return fault.name;
		throw fault;
	}
}
