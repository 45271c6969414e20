// cms.mjs: signatures of SPEC.md section 4 by the openssl command, over files in state/. It takes what openssl takes; the order in which the
// section names faults is for a strict reader of DER.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { need } from "./wire.mjs";

const openssl = (words, input) => spawnSync("openssl", words, { input, maxBuffer: 1 << 24 });
const pem = (der, kind = "CERTIFICATE") => `-----BEGIN ${kind}-----\n${Buffer.from(der).toString("base64").match(/.{1,64}/g).join("\n")}\n-----END ${kind}-----\n`;
export const pemDer = (text) => Buffer.from(text.match(/-----BEGIN [^-]+-----([^-]*)-----END/)[1], "base64");

export function sign(adapter, data) {
	const done = openssl(["cms", "-sign", "-cades", "-binary", "-nocerts", "-nosmimecap", "-md", "sha256", "-signer", adapter.at("cert.pem"), "-inkey",
		adapter.at("key.pem"), "-outform", "DER"], data);
	if (done.status !== 0) throw new Error(done.stderr.toString());
	return done.stdout;
}

/** Certificates that count for a record of that time. */
export const enrolled = (agency, time) => [...agency.certificates, ...agency.ended.filter((one) => time < Number(one.until)).map((one) => one.certificate)];

/** The certificate (DER) of those that has signed the data. */
export function signedBy(adapter, cms, data, certificates) {
	const file = (name, bytes) => (fs.writeFileSync(adapter.at(`state/${name}`), bytes), adapter.at(`state/${name}`));
	const words = ["cms", "-verify", "-binary", "-purpose", "any", "-noverify", "-nointern", "-inform", "DER", "-in", file("cms", cms), "-content", file("data", data), "-out", "/dev/null"];
	for (const one of certificates) {
		const done = openssl([...words, "-certfile", file("signer.pem", pem(one))]);
		if (done.status === 0) return one;
		need(/not found|NOT_FOUND/i.test(done.stderr.toString()), "SIGNATURE_WRONG");
	}
	need(false, "CERTIFICATE_NOT_ENROLLED");
}

/** Chain and revocation, by the CA that is pinned and the list at hand. */
export function trusted(adapter, certificate) {
	const crl = openssl(["crl", "-inform", "DER", "-outform", "PEM"], adapter.crl).stdout;
	fs.writeFileSync(adapter.at("state/trust.pem"), Buffer.concat([fs.readFileSync(adapter.at("ca.pem")), crl]));
	const done = openssl(["verify", "-purpose", "any", "-crl_check", "-CAfile", adapter.at("state/trust.pem")], pem(certificate));
	need(!/revoked/.test(done.stderr.toString()), "CERTIFICATE_REVOKED");
	need(done.status === 0, "CERTIFICATE_UNTRUSTED");
}

export function listGood(adapter, der) {
	const done = openssl(["crl", "-inform", "DER", "-noout", "-CAfile", adapter.at("ca.pem"), "-verify"], der);
	return /verify OK/.test(done.stderr.toString());
}
