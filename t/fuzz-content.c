/*
 * fuzz-content.c - any bytes as what a part may hold: a card, a rich text, Outlook's form, a signed
 * message, enriched text, a list of addresses, a field with parameters, a text of any charset. The
 * first byte says which.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/utf8.h"
#include "bridge/message/card.h"
#include "bridge/message/charset.h"
#include "bridge/message/encoded.h"
#include "bridge/message/enriched.h"
#include "bridge/message/field.h"
#include "bridge/message/pkcs7.h"
#include "bridge/message/rtf.h"
#include "bridge/message/tnef.h"
#include "t/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const inputs[] = {
		"0BEGIN:VEVENT\nSUMMARY:a\\,b\nDTSTART;TZID=x:20261202T1700\nDURATION:P1DT1H\nEND:"
		"VEVENT\n",
		"0BEGIN:VCARD\nFN;ENCODING=QUOTED-PRINTABLE:a=\n=C3=A4\nTEL:1\nEND:VCARD\n",
		"1{\\rtf1\\ansicpg1251{\\fonttbl{\\f0\\fcharset204 x;}}\\f0 "
		"\\'cf\\u8364?{\\*\\htmltag64 <p>}}",
		"2\x78\x9f\x3e\x22\x01\x00\x01\x0c\x80\x02",
		"3\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80",
		"4<bold>a</bold>\n\n<nofill>b\n</nofill><<",
		"5<nl>a<comment>b</comment>",
		"6=?utf-8?Q?a,?= <b@c>, \"d\" (e) f@g, h: i;",
		"7text/plain; name*0*=utf-8''%C3; name*1*=%A4; charset=\"x",
		"8=?gb2312?B?xOO6?= =?gb2312*en?q?=41_?=",
		"9gbk\n\xc4\xe3\xba\xc3",
	};

	(void)argc;
	(void)argv;
	for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
		fuzz_seed(inputs[i], strlen(inputs[i]));
	return 0;
}

static void
on_file(void *to, const char *name)
{
	(void)to;
	assert(*name);
}

/* Bytes up to the first line's end as a label, the others as a text with it. */
static void
read_charset(const char *s, size_t len, struct buf *out)
{
	const char *eol = memchr(s, '\n', len);
	char label[CHARSET_LABEL] = "";

	if (eol && eol - s < CHARSET_LABEL)
		memcpy(label, s, (size_t)(eol - s));
	charset_text(
	    *label ? label : NULL, eol ? eol + 1 : s, eol ? len - (size_t)(eol + 1 - s) : len, out);
}

static void
read_one(char which, char *s, size_t len, struct buf *out)
{
	size_t content;

	switch (which) {
	case '0':
		card_whole(s, len, out);
		break;
	case '1':
		rtf_text(s, len, out);
		break;
	case '2':
		tnef_text(s, len, out, on_file, NULL);
		break;
	case '3':
		pkcs7_open(s, len, &content);
		assert(content <= len);
		break;
	case '4':
		enriched_text(s, len, out);
		break;
	case '5':
		enriched_richtext(s, len, out);
		break;
	case '6':
		encoded_addresses(s, out);
		break;
	case '7':
		field_parameter(s, "name", out);
		break;
	case '8':
		encoded_decode(s, len, NULL, out);
		break;
	case 'a':
		rtf_expand(s, len, out);
		buf_reset(out);
		break;
	default:
		read_charset(s, len, out);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct charset *c = charset_new("utf-8", false, "", 0);
	struct buf text, out;
	bool utf8 = size && strchr("0456", data[0]) && data[0];
	char *copy = NULL;
	size_t len = size ? size - 1 : 0;

	/* A copy of its own length, so that what reads beyond it is seen. */
	buf_init(&text, size * CHARSET_GROWTH + 16);
	buf_init(&out, 1 << 20);
	if (utf8)
		charset_decode(c, (const char *)data + 1, len, true, &text);
	copy = malloc((utf8 ? text.len : len) + 1);
	assert(copy);
	if (utf8)
		len = text.len;
	memcpy(copy, utf8 ? buf_str(&text) : (const char *)data + (size > 0), len);
	copy[len] = '\0';
	read_one(size ? (char)data[0] : '9', copy, len, &out);
	for (size_t i = 0, n; i < out.len && !utf8; i += n)
		assert((n = utf8_valid(out.data + i, out.len - i)) > 0);
	free(copy);
	charset_free(c);
	buf_free(&text);
	buf_free(&out);
	return 0;
}
