/* SPDX-License-Identifier: MIT */
/* codec.c: base64, hex, xtext, visible words */

#include "base/codec.h"

#include <stdint.h>
#include <string.h>

static const char base64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char hex_lower[] = "0123456789abcdef";
static const char hex_upper[] = "0123456789ABCDEF";

static int
base64_value(char c)
{
	const char *hit = c == '\0' ? NULL : strchr(base64, c);

	return hit == NULL ? -1 : (int)(hit - base64);
}

bool
codec_base64_decode(struct buf *out, struct str in)
{
	size_t pad = 0;

	if (in.n % 4 != 0)
		return false;
	while (pad < 2 && pad < in.n && in.p[in.n - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < in.n; i += 4) {
		size_t fill = i + 4 == in.n ? pad : 0;
		uint32_t bits = 0;

		for (size_t k = 0; k < 4; k++) {
			int v = k >= 4 - fill ? 0 : base64_value(in.p[i + k]);

			if (v < 0)
				return false;
			bits = bits << 6 | (uint32_t)v;
		}
		/* Bits that no octet takes must be zero. */
		if ((fill == 1 && (bits & 0xff) != 0) ||
		    (fill == 2 && (bits & 0xffff) != 0))
			return false;
		buf_addc(out, (char)(bits >> 16 & 0xff));
		if (fill < 2)
			buf_addc(out, (char)(bits >> 8 & 0xff));
		if (fill < 1)
			buf_addc(out, (char)(bits & 0xff));
	}
	return true;
}

void
codec_base64_encode(struct buf *out, struct str in)
{
	for (size_t i = 0; i < in.n; i += 3) {
		size_t left = in.n - i;
		uint32_t bits = (uint32_t)(unsigned char)in.p[i] << 16;

		if (left > 1)
			bits |= (uint32_t)(unsigned char)in.p[i + 1] << 8;
		if (left > 2)
			bits |= (uint32_t)(unsigned char)in.p[i + 2];
		buf_addc(out, base64[bits >> 18 & 63]);
		buf_addc(out, base64[bits >> 12 & 63]);
		buf_addc(out, left > 1 ? base64[bits >> 6 & 63] : '=');
		buf_addc(out, left > 2 ? base64[bits & 63] : '=');
	}
}

void
codec_hex_encode(struct buf *out, struct str in, char separator)
{
	for (size_t i = 0; i < in.n; i++) {
		unsigned char c = (unsigned char)in.p[i];

		if (i > 0 && separator != '\0')
			buf_addc(out, separator);
		buf_addc(out, hex_lower[c >> 4]);
		buf_addc(out, hex_lower[c & 15]);
	}
}

void
codec_xtext_encode(struct buf *out, struct str in)
{
	for (size_t i = 0; i < in.n; i++) {
		unsigned char c = (unsigned char)in.p[i];

		if (c > 32 && c < 127 && strchr("+=()\\\"", c) == NULL) {
			buf_addc(out, (char)c);
			continue;
		}
		buf_addc(out, '+');
		buf_addc(out, hex_upper[c >> 4]);
		buf_addc(out, hex_upper[c & 15]);
	}
}

bool
codec_is_xtext(struct str in)
{
	for (size_t i = 0; i < in.n; i++) {
		char c = in.p[i];

		if (c <= 32 || c >= 127 || c == '=')
			return false;
		if (c != '+')
			continue;
		if (in.n - i < 3)
			return false;
		for (size_t k = 1; k <= 2; k++)
			if (in.p[i + k] == '\0' ||
			    strchr(hex_upper, in.p[i + k]) == NULL)
				return false;
		i += 2;
	}
	return true;
}

static void
visible_encode(struct buf *out, struct str in, char lowest)
{
	for (size_t i = 0; i < in.n; i++) {
		unsigned char c = (unsigned char)in.p[i];

		if (c >= (unsigned char)lowest && c < 127 && c != '"' &&
		    c != '\\') {
			buf_addc(out, (char)c);
			continue;
		}
		buf_adds(out, "\\x");
		buf_addc(out, hex_lower[c >> 4]);
		buf_addc(out, hex_lower[c & 15]);
	}
}

void
codec_word_encode(struct buf *out, struct str in)
{
	if (in.n == 0)
		buf_addc(out, '-');
	visible_encode(out, in, '!');
}

void
codec_quoted_encode(struct buf *out, struct str in)
{
	visible_encode(out, in, ' ');
}
