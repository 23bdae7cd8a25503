/*
 * fuzz-compose.c - any words as the name, subject, ids, text and parts of a message: the mail made of
 * it has our header fields and no others, each once, and nothing but 7 bit lines.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/verdict.h"
#include "bridge/message/compose.h"
#include "bridge/message/mime.h"
#include "bridge/message/msg.h"
#include "t/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const fields[] = { "From", "To", "Date", "Subject", "Message-Id", "In-Reply-To",
	"References", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
	"Content-Disposition", "Auto-Submitted", "X-Auto-Response-Suppress", "Reply-To" };
enum { FIELDS = sizeof fields / sizeof *fields };

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char seed[] = "Ann\xffRe: x\r\nBcc: a\xff<a@b> <c@d>\xffHello\r\n.\r\n\xff../a.jpg\xff"
				   "image/jpeg\xffTue, 24 Nov 2026 10:00:00 +0000\xff\x89PNG";

	(void)argc;
	(void)argv;
	fuzz_seed(seed, sizeof seed - 1);
	mime_start();
	return 0;
}

/* The next word, up to a byte that no UTF-8 has. */
static const char *
next_word(struct arena *a, const uint8_t **data, size_t *size)
{
	const uint8_t *end = memchr(*data, 0xff, *size);
	size_t n = end ? (size_t)(end - *data) : *size;
	const char *word = arena_strndup(a, (const char *)*data, n);

	*data += n + (end != NULL);
	*size -= n + (end != NULL);
	return word;
}

/* A line of the outermost header. */
static void
check_field(const char *line, size_t len, unsigned had[FIELDS])
{
	for (size_t i = 0; i < FIELDS; i++) {
		size_t n = strlen(fields[i]);

		if (len > n && strncasecmp(line, fields[i], n) == 0 && line[n] == ':') {
			assert(had[i]++ == 0);
			return;
		}
	}
	assert(!"a field that is none of ours");
}

static void
check(const struct buf *mail)
{
	unsigned had[FIELDS] = { 0 };
	bool head = true;

	for (const char *p = mail->data, *end = p + mail->len; p < end;) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t len;

		assert(nl && nl > p && nl[-1] == '\r');
		len = (size_t)(nl - p) - 1;
		assert(len <= 998 && !memchr(p, '\r', len));
		for (size_t i = 0; i < len; i++)
			assert(p[i] && (unsigned char)p[i] < 0x80);
		if (head && len == 0)
			head = false;
		else if (head && *p != ' ' && *p != '\t')
			check_field(p, len, had);
		p = nl + 1;
	}
	assert(!head && had[0] && had[1] && had[2] && had[3] && had[4]);
}

static void
compose_one(const uint8_t *data, size_t size, bool report)
{
	static const struct compose c = { { "sms.example.com", "im.example.com" }, "post@example.com" };
	struct msg *m = msg_new();
	struct arena *a = m->arena;
	const char *name, *type;
	struct verdict v;
	struct buf out;

	msg_new_id(m->id);
	m->from = report ? "mailto:" : "tel:+4915112345678";
	m->name = next_word(a, &data, &size);
	m->subject = next_word(a, &data, &size);
	m->references = m->in_reply_to = next_word(a, &data, &size);
	m->text = next_word(a, &data, &size);
	name = next_word(a, &data, &size);
	type = next_word(a, &data, &size);
	m->date = next_word(a, &data, &size);
	if (report) {
		m->about = m->id;
		m->action = name;
		m->report = m->head = m->text;
	} else {
		msg_add_part(m, type, name, (const char *)data, size);
	}
	msg_add_rcpt(m, "")->to = "mailto:ann@example.org";
	buf_init(&out, COMPOSE_MAX);
	assert(compose(m, &c, &out, &v) == 0);
	check(&out);
	buf_free(&out);
	msg_free(m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	compose_one(data, size, false);
	compose_one(data, size, true);
	return 0;
}
