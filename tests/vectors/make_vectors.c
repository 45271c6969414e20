/* make_vectors DIR: writes the test vectors of proto/vectors and their index.json. It is run when the contract changes, and its output is
 * checked in: what did not change comes out as it was (vectors_fixed.c). */
#include "vectors.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define JSON_EXACT ((int64_t)1 << 53)

static const char *folder;
static FILE *file_index;
static bool first = true;

_Noreturn void vectors_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
	exit(1);
}

static void put_text(const char *text)
{
	fputc('"', file_index);
	for (const char *c = text; *c; c++) {
		if (*c == '"' || *c == '\\')
			fprintf(file_index, "\\%c", *c);
		else if ((unsigned char)*c < 0x20)
			fprintf(file_index, "\\u%04x", (unsigned)*c);
		else
			fputc(*c, file_index);
	}
	fputc('"', file_index);
}

static void put_key(const char *key)
{
	fputs(", ", file_index);
	put_text(key);
	fputs(": ", file_index);
}

static void put_hex(struct lt_bytes value)
{
	fputc('"', file_index);
	for (size_t i = 0; i < value.len; i++)
		fprintf(file_index, "%02x", value.data[i]);
	fputc('"', file_index);
}

void vectors_begin(const char *what, const char *name, const char *expect)
{
	fputs(first ? "\n{" : ",\n{", file_index);
	first = false;
	fputs("\"what\": ", file_index);
	put_text(what);
	vectors_text("name", name);
	vectors_text("expect", expect);
}

void vectors_end(void)
{
	fputc('}', file_index);
}

void vectors_text(const char *key, const char *value)
{
	put_key(key);
	put_text(value);
}

void vectors_number(const char *key, int64_t value)
{
	if (value > JSON_EXACT || value < -JSON_EXACT) { /* many readers have doubles alone */
		char text[24];
		snprintf(text, sizeof text, "%lld", (long long)value);
		vectors_text(key, text);
		return;
	}
	put_key(key);
	fprintf(file_index, "%lld", (long long)value);
}

void vectors_hex(const char *key, struct lt_bytes value)
{
	put_key(key);
	put_hex(value);
}

void vectors_list(const char *key, const char *const *values, size_t count)
{
	put_key(key);
	fputc('[', file_index);
	for (size_t i = 0; i < count; i++) {
		fputs(i ? ", " : "", file_index);
		put_text(values[i]);
	}
	fputc(']', file_index);
}

void vectors_hex_list(const char *key, const uint8_t (*values)[32], size_t count)
{
	put_key(key);
	fputc('[', file_index);
	for (size_t i = 0; i < count; i++) {
		fputs(i ? ", " : "", file_index);
		put_hex(lt_bytes(values[i], 32));
	}
	fputc(']', file_index);
}

static void write_file(const char *name, struct lt_bytes data)
{
	char path[1024];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	char *slash = strrchr(path, '/');
	*slash = 0;
	VECTORS_NEED(mkdir(path, 0755) == 0 || errno == EEXIST);
	*slash = '/';
	FILE *file = fopen(path, "wb");
	VECTORS_NEED(file && (data.len == 0 || fwrite(data.data, 1, data.len, file) == data.len) && fclose(file) == 0);
}

void vectors_file(const char *key, struct lt_bytes data, const char *format, ...)
{
	char name[200];
	va_list args;
	va_start(args, format);
	vsnprintf(name, sizeof name, format, args);
	va_end(args);
	write_file(name, data);
	vectors_text(key, name);
}

void vectors_write(struct lt_bytes data, const char *format, ...)
{
	char name[200];
	va_list args;
	va_start(args, format);
	vsnprintf(name, sizeof name, format, args);
	va_end(args);
	write_file(name, data);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: make_vectors DIR\n");
		return 64;
	}
	folder = argv[1];
	char path[1024];
	snprintf(path, sizeof path, "%s/index.json", folder);
	file_index = fopen(path, "w");
	VECTORS_NEED(file_index);
	fputc('[', file_index);
	vectors_fix("headers");
	vectors_headers();
	vectors_fix("signatures");
	vectors_signatures();
	vectors_fix("links");
	vectors_links();
	vectors_fix("proofs");
	vectors_proofs();
	vectors_merkle();
	fputs("\n]\n", file_index);
	VECTORS_NEED(fclose(file_index) == 0);
	snprintf(path, sizeof path, "%s/two-faults.json", folder);
	FILE *faults = fopen(path, "w");
	VECTORS_NEED(faults);
	vectors_fix("faults");
	vectors_faults(faults);
	VECTORS_NEED(fclose(faults) == 0);
	return 0;
}
