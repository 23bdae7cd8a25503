/*
 * fuzz-trim.c - any text as a mail's, trimmed in each way; and any bytes as a mail to classify. What
 * comes out is UTF-8 and no longer than what went in but for a forwarded mail's title.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "bridge/base/buf.h"
#include "bridge/base/utf8.h"
#include "bridge/message/charset.h"
#include "bridge/message/classify.h"
#include "bridge/message/trim.h"
#include "t/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const texts[] = {
		"Yes.\n\nOn Mon, Feb 5, 2024 at 10:32 AM Bob Jones <\nbob@example.com> wrote:\n\n> Hi\n>> x\n",
		"Ja.\n________________________________\n*Von:* Bob\n*Gesendet:* 5. Februar 2024 10:32\n*An:* "
		"Ann\n*Betreff:* Tee\n\nTee?\n",
		"FYI\n\n---------- Forwarded message ---------\nFrom: Bob <bob@example.com>\nDate: 5 Feb "
		"2024\nSubject: Tea\n\nTea?\n",
		"Yes.\n\nBest regards,\nAnn\nTel. +49 30 1234567\n-- \nsent from my phone\n",
		"| a\n| b\nJS> c\n```\n> d\n```\n>>> Bob 5/2/2024 10:32 AM >>>\ne\n",
		"好\n\n------------------ 原始邮件 ------------------\n发件人: x\n主题: y\n\nz\n",
		"This is confidential; if you are not the intended recipient, delete it and notify the sender.\n",
		"From: MAILER-DAEMON\nDelivered-To: a\nDelivered-To: a\nContent-Type: multipart/report; "
		"boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nAction: failed\n--b--\n",
	};

	(void)argc;
	(void)argv;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		fuzz_seed(texts[i], strlen(texts[i]));
	return 0;
}

static void
check(const struct buf *text, enum trim_how how, bool forwards)
{
	struct buf out;

	buf_init(&out, text->len + 4096);
	trim(buf_str(text), text->len, how, forwards, &out);
	assert(!out.over);
	assert(how == TRIM_FORWARD || out.len <= text->len);
	for (size_t i = 0, n; i < out.len; i += n)
		assert((n = utf8_valid(out.data + i, out.len - i)) > 0);
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct charset *c = charset_new("utf-8", false, NULL, 0);
	struct classify_text words;
	struct buf text;

	buf_init(&text, size * CHARSET_GROWTH + 16);
	charset_decode(c, (const char *)data, size, true, &text);
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] == '\0')
			text.data[i] = ' ';
	check(&text, TRIM_REPLY, false);
	check(&text, TRIM_FORWARD, false);
	check(&text, TRIM_FORWARD, true);
	words = (struct classify_text){ buf_str(&text), buf_str(&text), buf_str(&text) };
	classify((const char *)data, size, &words);
	trim_forwards(buf_str(&text));
	charset_free(c);
	buf_free(&text);
	return 0;
}
