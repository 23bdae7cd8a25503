/*
 * u-msg.c - a message goes out as bytes and comes back the same; what is no message is refused with
 * the field and the place; ids sort by time.
 */
#include "bridge/message/msg.h"

#include <stdlib.h>
#include <time.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/verdict.h"
#include "t/tap.h"

/* What is refused, and the words that must be in the reason. Lengths are those of the literals. */
/* clang-format off */
static const struct {
	const char *name, *bytes;
	size_t len;
	const char *why;
} bad[] = {
#define ROW(name, bytes, why) { name, bytes, sizeof bytes - 1, why }
	ROW("nothing", "", "\"from\" is missing at byte 0"),
	ROW("no sender", "text=2:hi\n", "\"from\" is missing at byte 10"),
	ROW("no name", "=1:x\n", "\"\" at byte 0: no name"),
	ROW("a name in capitals", "From=1:x\n", "\"\" at byte 0: no name"),
	ROW("a name and no more", "from", "\"from\" at byte 0: no name"),
	ROW("a name too long", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnop=1:x\n", "at byte 0: no name"),
	ROW("no length", "from=:x\n", "\"from\" at byte 0: no length"),
	ROW("a length without end", "from=12", "\"from\" at byte 0: no length"),
	ROW("a negative length", "from=-1:x\n", "\"from\" at byte 0: no length"),
	ROW("a length with a plus", "from=+1:x\n", "\"from\" at byte 0: no length"),
	ROW("a length with a space", "from= 1:x\n", "\"from\" at byte 0: no length"),
	ROW("a length with a zero in front", "from=01:x\n", "\"from\" at byte 0: no length"),
	ROW("a length of 19 digits", "from=1000000000000000001:x\n", "\"from\" at byte 0: no length"),
	ROW("a length beyond 64 bits", "from=18446744073709551617:x\n", "\"from\" at byte 0: no length"),
	ROW("a length of 18 digits", "from=999999999999999999:x\n", "\"from\" at byte 0: longer"),
	ROW("longer by one", "from=3:xy\n", "\"from\" at byte 0: longer"),
	ROW("the line feed is missing", "from=2:xy", "\"from\" at byte 0: longer"),
	ROW("shorter by one", "from=1:xy\n", "\"from\" at byte 0: no line feed"),
	ROW("a NUL in a string", "from=3:x\0y\n", "\"from\" at byte 0: a NUL"),
	ROW("a NUL in the subject", "from=1:x\nsubject=3:x\0y\n", "\"subject\" at byte 9: a NUL"),
	ROW("a NUL in an id", "id=26:01ARZ3NDEKTSV4RRFFQ69G5FA\0\n", "\"id\" at byte 0: a NUL"),
	ROW("an id too short", "id=2:01\n", "\"id\" at byte 0: no id"),
	ROW("an id with a letter it cannot have", "id=26:01ARZ3NDEKTSV4RRFFQ69G5FAU\n", "no id"),
	ROW("a size that is none", "size=2:1x\n", "\"size\" at byte 0: no number"),
	ROW("a size without digits", "size=0:\n", "\"size\" at byte 0: no number"),
	ROW("a time below zero", "arrived=2:-1\n", "\"arrived\" at byte 0: no number"),
	ROW("a field twice", "from=1:x\nfrom=1:x\n", "\"from\" at byte 9: given twice"),
	ROW("a recipient's field twice", "from=1:x\nrcpt=1:a\nto=1:b\nto=1:b\n", "\"to\" at byte 25: given"),
	ROW("a recipient's field before any", "from=1:x\nto=1:b\n", "\"to\" at byte 9: stands before"),
	ROW("a kind that is none", "from=1:x\nrcpt=1:a\nhow=3:fax\n", "\"how\" at byte 18: unknown"),
	ROW("a kind's name cut", "from=1:x\nrcpt=1:a\nhow=2:sm\n", "\"how\" at byte 18: unknown"),
	ROW("bytes behind the last field", "from=1:x\n\n", "\"\" at byte 9: no name"),
#undef ROW
};
/* clang-format on */

static void
test_refused(void)
{
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		/* On the heap and without a NUL, so that a sanitizer sees a read behind the end. */
		char *bytes = malloc(bad[i].len ? bad[i].len : 1);
		struct verdict v = { .is = DONE };
		struct msg *m;

		memcpy(bytes, bad[i].bytes, bad[i].len);
		m = msg_parse(bytes, bad[i].len, &v);
		ok(!m && v.is == NEVER && strcmp(v.dsn, "5.6.0") == 0, "refused: %s", bad[i].name);
		if (!ok(strstr(v.text, bad[i].why) != NULL, "  and told: %s", bad[i].why))
			printf("# got: %s\n", v.text);
		msg_free(m);
		free(bytes);
	}
}

/* A message in which every field has a value of its own. */
static struct msg *
whole(void)
{
	struct msg *m = msg_new();
	struct msg_rcpt *r;

	msg_new_id(m->id);
	m->mta_id = "3zXyzQ1";
	m->from = "mailto:ann@example.org";
	m->client = "192.0.2.1";
	m->login = "ann";
	m->message_id = "<1@example.org>";
	m->date = "Tue, 24 Nov 2026 12:00:00 +0000";
	m->digest = "e3b0c442";
	m->envid = "QQ314159";
	m->ret = "HDRS";
	m->subject = "Gr\xc3\xbc\xc3\x9f"
		     "e";
	m->text = "one\ntext=3:two\n\xf0\x9f\x98\x80";
	m->size = 1841;
	m->arrived = 1795478400;
	r = msg_add_rcpt(m, "13800138000@sms.example.com");
	r->to = "tel:+8613800138000";
	r->transport = "acme";
	r->how = MSG_PHONE;
	r->notify = "SUCCESS,FAILURE";
	r->orcpt = "rfc822;x+2By@example.com";
	r = msg_add_rcpt(m, "");
	r->how = MSG_IM;
	return m;
}

static void
test_round_trip(void)
{
	struct msg *m = whole(), *n;
	struct buf one, two;
	struct verdict v = { .text = "" };

	buf_init(&one, MSG_MAX_FORMATTED);
	buf_init(&two, MSG_MAX_FORMATTED);
	msg_format(m, &one);
	n = msg_parse(one.data, one.len, &v);
	if (!ok(n != NULL, "what was written is read"))
		printf("# %s\n", v.text);
	is_str(n->id, m->id, "id");
	is_str(n->mta_id, m->mta_id, "mta_id");
	is_str(n->from, m->from, "from");
	is_str(n->client, m->client, "client");
	is_str(n->login, m->login, "login");
	is_str(n->message_id, m->message_id, "message_id");
	is_str(n->date, m->date, "date");
	is_str(n->digest, m->digest, "digest");
	is_str(n->envid, m->envid, "envid");
	is_str(n->ret, m->ret, "ret");
	is_str(n->subject, m->subject, "subject");
	is_str(n->text, m->text, "text, with what looks like a field in it");
	is_int(n->size, m->size, "size");
	is_int(n->arrived, m->arrived, "arrived");
	is_int((long long)n->nrcpts, 2, "recipients");
	is_str(n->rcpts[0].given, m->rcpts[0].given, "given");
	is_str(n->rcpts[0].to, m->rcpts[0].to, "to");
	is_str(n->rcpts[0].transport, m->rcpts[0].transport, "transport");
	is_int(n->rcpts[0].how, MSG_PHONE, "how");
	is_str(n->rcpts[0].notify, m->rcpts[0].notify, "notify");
	is_str(n->rcpts[0].orcpt, m->rcpts[0].orcpt, "orcpt");
	is_str(n->rcpts[1].given, "", "an empty string stays one");
	is_str(n->rcpts[1].to, NULL, "and what is unknown stays NULL");
	is_int(n->rcpts[1].how, MSG_IM, "how of the second");
	msg_format(n, &two);
	is_str(buf_str(&two), buf_str(&one), "and written again it is the same");

	/* A crash or a full disk can cut anywhere; a part must never pass for a shorter message but
	 * where a whole field ends. */
	unsigned wrong = 0;
	for (size_t cut = 0; cut < one.len; cut++) {
		struct msg *part = msg_parse(one.data, cut, &v);

		if (part && one.data[cut - 1] != '\n')
			wrong++;
		msg_free(part);
	}
	is_int(wrong, 0, "cut inside a field it is refused");
	msg_free(m);
	msg_free(n);
	buf_free(&one);
	buf_free(&two);
}

/* The form is on disks: these bytes are what version 1 wrote, and must be read for ever. */
static const char version1[] =
    "id=26:01ARZ3NDEKTSV4RRFFQ69G5FAV\nmta_id=7:3zXyzQ1\nfrom=22:mailto:ann@example.org\n"
    "client=9:192.0.2.1\nlogin=3:ann\nmessage_id=3:<1>\ndate=1:d\ndigest=2:00\nenvid=1:e\nret=4:"
    "HDRS\n"
    "subject=2:hi\nsize=3:184\narrived=10:1795478400\ntext=3:a\nb\nrcpt=1:x\nto=12:tel:+1234567\n"
    "transport=4:acme\nhow=3:sms\nnotify=5:NEVER\norcpt=8:rfc822;x\nrcpt=1:y\nhow=7:nowhere\n";

static void
test_version1(void)
{
	struct verdict v;
	struct msg *m = msg_parse(version1, sizeof version1 - 1, &v);
	struct buf b;

	buf_init(&b, MSG_MAX_FORMATTED);
	ok(m != NULL, "the bytes of version 1 are read");
	msg_format(m, &b);
	is_str(buf_str(&b), version1, "and are what is written today");
	msg_free(m);
	buf_free(&b);
}

static void
test_limits(void)
{
	static const char later_version[] =
	    "new_field=3:a\0b\nfrom=7:mailto:\nrcpt=1:a\nrcpt_new=0:\nto=1:b\n";
	struct verdict v;
	struct msg *m = msg_parse(later_version, sizeof later_version - 1, &v);
	struct buf b;
	char *text = malloc(MSG_MAX_TEXT + 2);
	char *huge;

	ok(m && strcmp(m->rcpts[0].to, "b") == 0, "fields of a later version are passed over");
	is_str(m->text, "", "no text is an empty one");
	msg_free(m);

	memset(text, 'x', MSG_MAX_TEXT + 1);
	text[MSG_MAX_TEXT] = '\0';
	buf_init(&b, 2 * MSG_MAX_FORMATTED);
	m = msg_new();
	m->from = "mailto:";
	m->text = text;
	for (int i = 0; i < MSG_MAX_RCPTS; i++) {
		char given[20];

		snprintf(given, sizeof given, "%d", i);
		if (!msg_add_rcpt(m, given))
			ok(false, "recipient %d", i);
	}
	ok(!msg_add_rcpt(m, "one more"), "recipient %d is refused", MSG_MAX_RCPTS + 1);
	msg_format(m, &b);
	msg_free(m);
	m = msg_parse(b.data, b.len, &v);
	ok(m && m->nrcpts == MSG_MAX_RCPTS, "all %d recipients are read", MSG_MAX_RCPTS);
	ok(m && strcmp(m->rcpts[0].given, "0") == 0 && strcmp(m->rcpts[999].given, "999") == 0,
	    "in their order");
	msg_free(m);
	buf_adds(&b, "rcpt=1:z\n");
	m = msg_parse(b.data, b.len, &v);
	ok(!m && strstr(v.text, "too many recipients"), "one more is refused");
	msg_free(m);

	buf_reset(&b);
	text[MSG_MAX_TEXT] = 'x';
	text[MSG_MAX_TEXT + 1] = '\0';
	m = msg_new();
	m->from = "mailto:";
	m->text = text;
	msg_format(m, &b);
	msg_free(m);
	m = msg_parse(b.data, b.len, &v);
	ok(!m && strstr(v.text, "too long a text"), "a text one byte too long is refused");
	msg_free(m);

	huge = calloc(1, MSG_MAX_FORMATTED + 1);
	m = msg_parse(huge, MSG_MAX_FORMATTED + 1, &v);
	ok(!m && strcmp(v.dsn, "5.3.4") == 0, "more bytes than any message has are refused unread");
	msg_free(m);
	free(huge);
	free(text);
	buf_free(&b);
}

static void
test_ids(void)
{
	static const struct {
		const char *id;
		long long time;
	} cases[] = {
		{ "01ARZ3NDEKTSV4RRFFQ69G5FAV", 1469922850259 }, /* the ULID specification's own */
		{ "00000000000000000000000000", 0 },
		{ "7ZZZZZZZZZZZZZZZZZZZZZZZZZ", 281474976710655 },
		{ "80000000000000000000000000", -1 }, /* beyond 48 bits */
		{ "", -1 },
		{ "01ARZ3NDEKTSV4RRFFQ69G5FA", -1 },
		{ "01ARZ3NDEKTSV4RRFFQ69G5FAVV", -1 },
		{ "01arz3ndektsv4rrffq69g5fav", -1 },
		{ "01ARZ3NDEKTSV4RRFFQ69G5FAI", -1 },
		{ "01ARZ3NDEK SV4RRFFQ69G5FAV", -1 },
		{ "\xff"
		  "1ARZ3NDEKTSV4RRFFQ69G5FAV",
		    -1 },
	};
	static char ids[1000][MSG_ID];
	unsigned bad_ids = 0, same = 0, backwards = 0;
	struct timespec t;
	long long before, after;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		is_int(msg_id_time(cases[i].id), cases[i].time, cases[i].id);

	clock_gettime(CLOCK_REALTIME, &t);
	before = t.tv_sec * 1000LL + t.tv_nsec / 1000000;
	for (int i = 0; i < 1000; i++)
		msg_new_id(ids[i]);
	clock_gettime(CLOCK_REALTIME, &t);
	after = t.tv_sec * 1000LL + t.tv_nsec / 1000000;
	for (int i = 0; i < 1000; i++) {
		int64_t ms = msg_id_time(ids[i]);

		bad_ids += ms < before || ms > after;
		backwards += i && strncmp(ids[i - 1], ids[i], 10) > 0;
		same += i && strcmp(ids[i - 1] + 10, ids[i] + 10) == 0;
	}
	is_int(bad_ids, 0, "new ids carry the time they were made");
	is_int(backwards, 0, "they sort by it");
	is_int(same, 0, "and no two have the same random part");
}

int
main(void)
{
	test_refused();
	test_round_trip();
	test_version1();
	test_limits();
	test_ids();
	return tap_done();
}
