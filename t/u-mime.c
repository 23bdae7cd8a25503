/*
 * u-mime.c - what a person would read of a mail: charsets, encodings, structures, broken ones too.
 */
#include "bridge/message/mime.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bridge/base/buf.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/message/msg.h"
#include "t/tap.h"

/* A mail, and what is shown of it. Mails are written with LF and read again with CR LF. */
struct row {
	const char *name, *mail;
	size_t len;
	const char *subject, *text;
};

#define ROW(name, mail, subject, text)                     \
	{                                                  \
		name, mail, sizeof mail - 1, subject, text \
	}
/* A text in that charset and encoding. */
#define PLAIN(name, charset, encoding, body, text)                                                \
	ROW(name,                                                                                 \
	    "Content-Type: text/plain; charset=" charset "\nContent-Transfer-Encoding: " encoding \
	    "\n\n" body "\n",                                                                     \
	    NULL, text)
#define SUBJECT(name, value, subject) ROW(name, "Subject: " value "\n\nx\n", subject, "x")
#define MULTI(name, type, body, text) \
	ROW(name, "Content-Type: multipart/" type "; boundary=b\n\n" body, NULL, text)
#define HTML_PART "--b\nContent-Type: text/html\n\n"
#define ATTACHMENT "--b\nContent-Disposition: attachment\n\n"

static const struct row rows[] = {
	/* Headers and bodies. */
	ROW("text", "Subject: s\n\nHello\n", "s", "Hello"),
	ROW("no body", "Subject: s\n", "s", ""),
	ROW("an empty line only", "\n", NULL, ""),
	ROW("no header", "Hello you\nthere\n", NULL, "Hello you\nthere"),
	ROW("no header but an empty line", "\nHello: x\n", NULL, "Hello: x"),
	ROW("a header without an empty line", "Subject: s\nHello you\n", "s", "Hello you"),
	ROW("cut in the header", "Subject: s", "s", ""),
	ROW("of a mailbox file", "From a@b Mon Jan  1\nSubject: s\n\nx\n", "s", "x"),
	ROW("a space before the colon", "Subject : s\n\nx\n", "s", "x"),
	ROW("any case", "sUBJECT: s\n\nx\n", "s", "x"),
	ROW("the first of two subjects", "Subject: s\nSubject: t\n\nx\n", "s", "x"),
	ROW("empty lines at both ends", "\n\n\nHello\n\n\n", NULL, "Hello"),
	ROW("an indent stays", "\n\n  Hello\n", NULL, "  Hello"),
	ROW("lone CRs", "\na\rb\n", NULL, "a\nb"),
	ROW("NULs and controls", "\na\0b\x01\x1b\x7f\tc\n", NULL, "ab\tc"),
	ROW("a type that is none", "Content-Type: text\n\nHello\n", NULL, "Hello"),
	ROW("an empty type", "Content-Type:\n\nHello\n", NULL, "Hello"),
	ROW("an unknown kind of text", "Content-Type: text/x-foo\n\nHello\n", NULL, "Hello"),
	ROW("a picture", "Content-Type: image/png\n\nHello\n", NULL, ""),
	ROW("a calendar", "Content-Type: text/calendar\n\nBEGIN\n", NULL, ""),
	ROW("HTML", "Content-Type: TEXT/HTML\n\n<p>Hello</p>\n", NULL, "Hello"),

	/* Subjects. */
	SUBJECT("an empty subject", "", NULL),
	SUBJECT("a folded subject", "a\n b\n\tc", "a b c"),
	SUBJECT("base64", "=?utf-8?B?w6TDtg==?=", "äö"),
	SUBJECT("base64 without its padding", "=?utf-8?B?w6Q?=", "ä"),
	SUBJECT("quoted", "=?utf-8?q?a_=C3=A4?=", "a ä"),
	SUBJECT("a character in two words", "=?utf-8?B?w6TD?= =?utf-8?B?pA==?=", "ää"),
	SUBJECT("two words, two lines", "=?utf-8?q?a?=\n =?utf-8?q?b?=", "ab"),
	SUBJECT("a word and a word", "=?utf-8?q?a?= b", "a b"),
	SUBJECT("words without space", "x=?utf-8?q?=C3=A4?=y", "xäy"),
	SUBJECT("a space in a word", "=?utf-8?q?a b?=", "a b"),
	SUBJECT("a word in quotes", "\"=?utf-8?q?=C3=A4?=\"", "\"ä\""),
	SUBJECT("a language", "=?utf-8*de?q?=C3=A4?=", "ä"),
	SUBJECT("gb2312 that is more", "=?gb2312?B?6Ew=?=", "鐻"),
	SUBJECT("shift_jis", "=?shift_jis?B?h0A=?=", "①"),
	SUBJECT("raw UTF-8", "caf\xc3\xa9", "café"),
	SUBJECT("raw windows-1252", "caf\xe9 \x80", "café €"),
	SUBJECT("a line end hidden in it", "=?utf-8?q?a=0D=0ABcc:_b?=", "a Bcc: b"),
	SUBJECT("controls hidden in it", "=?utf-8?q?a=1B[0m?=", "a[0m"),
	SUBJECT("direction marks", "a=?utf-8?q?=E2=80=AE?=b", "ab"),
	SUBJECT("a word cut short", "=?utf-8?q?abc", "abc"),
	SUBJECT("an unknown charset", "=?foo?q?a=C3=A4?=", "aä"),

	/* Charsets. */
	PLAIN("utf-8", "utf-8", "8bit", "\xc3\xa4\xe4\xbd\xa0\xf0\x9f\x98\x80", "ä你😀"),
	PLAIN("utf8", "UTF8", "8bit", "\xc3\xa4", "ä"),
	PLAIN("utf-8 in quotes", "\"utf-8\"", "8bit", "\xc3\xa4", "ä"),
	PLAIN("utf-8 with a mark", "utf-8", "8bit", "\xef\xbb\xbf\xc3\xa4", "ä"),
	PLAIN("utf-8 that is windows-1252", "utf-8", "8bit", "caf\xe9", "café"),
	PLAIN("utf-8 with a bad byte", "utf-8", "8bit", "\xc3\xa4\xff!", "ä\xef\xbf\xbd!"),
	PLAIN("us-ascii that is utf-8", "us-ascii", "8bit", "\xc3\xa4", "ä"),
	PLAIN("iso-8859-1 that is utf-8", "iso-8859-1", "8bit", "\xc3\xa4", "ä"),
	PLAIN("iso-8859-1", "iso-8859-1", "8bit",
	    "Sch\xf6ne Gr\xfc\xdf"
	    "e",
	    "Schöne Grüße"),
	PLAIN("iso-8859-1 that is windows-1252", "iso-8859-1", "8bit", "\x93x\x94 \x80", "“x” €"),
	PLAIN("iso-8859-15", "iso-8859-15", "8bit", "\xa4", "€"),
	PLAIN("iso-8859-9", "iso-8859-9", "8bit", "\xfe\x80", "ş€"),
	PLAIN("windows-1251", "windows-1251", "8bit", "\xcf\xf0\xe8\xe2\xe5\xf2", "Привет"),
	PLAIN("koi8-r", "koi8-r", "8bit", "\xf0\xd2\xc9\xd7\xc5\xd4", "Привет"),
	PLAIN("gb2312", "gb2312", "8bit", "\xc4\xe3\xba\xc3", "你好"),
	PLAIN("gb2312 that is more", "gb2312", "8bit", "\xe8\x4c", "鐻"),
	PLAIN("gb18030", "gb18030", "8bit", "\x81\x30\x81\x30", "\xc2\x80"),
	PLAIN("big5", "big5", "8bit", "\xa7\x41\xa6\x6e", "你好"),
	PLAIN("shift_jis", "shift_jis", "8bit", "\x82\xb1\x87\x40\xb1", "こ①ｱ"),
	PLAIN("euc-jp", "euc-jp", "8bit", "\xa4\xb3\xad\xa1", "こ①"),
	PLAIN("iso-2022-jp", "iso-2022-jp", "7bit", "\x1b$B$3\x1b(B.", "こ."),
	PLAIN("iso-2022-jp without its label", "us-ascii", "7bit", "\x1b$B$3\x1b(B.", "こ."),
	PLAIN("ks_c_5601-1987", "ks_c_5601-1987", "8bit", "\xb0\xa1\x8c\x63", "가똠"),
	PLAIN("euc-kr", "euc-kr", "8bit", "\xb0\xa1", "가"),
	PLAIN("tis-620", "tis-620", "8bit", "\xa1\x80", "ก€"),
	PLAIN("iso-8859-8-i", "iso-8859-8-i", "8bit", "\xf9\xec", "של"),
	PLAIN("utf-7", "utf-7", "7bit", "+AOQ-x", "äx"),
	PLAIN("utf-16 with a mark", "utf-16", "base64", "//5hAOQA", "aä"),
	PLAIN("utf-16, big end first", "utf-16", "base64", "AGEA5A==", "aä"),
	PLAIN("utf-16, little end first", "utf-16", "base64", "YQDkAA==", "aä"),
	PLAIN("utf-16le", "utf-16le", "base64", "YQDkAD3YAN4=", "aä😀"),
	PLAIN("half a surrogate", "utf-16le", "base64", "YQA92GIA",
	    "a\xef\xbf\xbd"
	    "b"),
	PLAIN("a bad byte in big5", "big5", "8bit",
	    "a\xff"
	    "b",
	    "a\xef\xbf\xbd"
	    "b"),
	PLAIN("an unknown charset", "x-foo", "8bit", "\xc3\xa4", "ä"),
	PLAIN("no charset at all", "", "8bit", "\xc3\xa4", "ä"),
	PLAIN("a charset for iconv's eyes", "utf-8//IGNORE", "8bit", "\xc3\xa4\xff!",
	    "ä\xef\xbf\xbd!"),
	PLAIN("a charset with a comment", "utf-8 (mine)", "8bit", "\xc3\xa4", "ä"),
	ROW("no label", "\ncaf\xe9\n", NULL, "café"),
	ROW("the page's own charset",
	    "Content-Type: text/html\n\n<meta charset=\"koi8-r\">\xf0\xd2\xc9\xd7\xc5\xd4\n", NULL,
	    "Привет"),
	ROW("the label before the page's",
	    "Content-Type: text/html; charset=utf-8\n\n<meta charset=koi8-r>\xc3\xa4\n", NULL, "ä"),

	/* Transfer encodings. */
	PLAIN("base64", "utf-8", "base64", "SGVs\nbG8=", "Hello"),
	PLAIN("base64 in any case", "utf-8", "BASE64 ", "SGVsbG8=", "Hello"),
	PLAIN("base64 without its padding", "utf-8", "base64", "SGVsbG8", "Hello"),
	PLAIN("base64 padded in the middle", "utf-8", "base64", "SGVsbG8=SGVsbG8=", "HelloHello"),
	PLAIN("base64 padded twice", "utf-8", "base64", "SA==\nSA==", "HH"),
	PLAIN("base64 and what is none", "utf-8", "base64", "S-G.V\xffs bG8=", "Hello"),
	PLAIN("quoted-printable", "utf-8", "quoted-printable", "a=3Db=\nc=C3=A4", "a=bcä"),
	PLAIN("quoted-printable in lower case", "utf-8", "quoted-printable", "=c3=a4", "ä"),
	PLAIN("quoted-printable that is none", "utf-8", "quoted-printable", "1=2 =XY", "1=2 =XY"),
	PLAIN("uuencode", "utf-8", "x-uuencode", "begin 644 a\n%2&5L;&\\ \n`\nend", "Hello"),
	PLAIN("an unknown encoding", "utf-8", "x-foo", "Hello", "Hello"),

	/* format=flowed. */
	ROW("flowed", "Content-Type: text/plain; format=flowed\n\na \nb\nc\n", NULL, "a b\nc"),
	ROW("flowed by DelSp", "Content-Type: text/plain; format=flowed; delsp=yes\n\na \nb\n",
	    NULL, "ab"),
	ROW("flowed, stuffed", "Content-Type: text/plain; format=flowed\n\n >a\n From b\n", NULL,
	    ">a\nFrom b"),
	ROW("flowed, quoted", "Content-Type: text/plain; format=flowed\n\n> a \n> b \nc\n", NULL,
	    "> a b \nc"),
	ROW("flowed up to the signature", "Content-Type: text/plain; format=flowed\n\na \n-- \nb\n",
	    NULL, "a \n-- \nb"),

	/* Structures. */
	MULTI("mixed", "mixed", "pre\n--b\n\none\n--b\n\ntwo\n--b--\nepi\n", "one\n\ntwo"),
	MULTI("text and page", "mixed", "--b\n\none\n" HTML_PART "<p>two\n--b--\n", "one\n\ntwo"),
	MULTI("an attachment", "mixed", "--b\n\none\n" ATTACHMENT "two\n--b--\n", "one"),
	MULTI("an attachment first", "mixed", ATTACHMENT "two\n--b\n\none\n--b--\n", "one"),
	MULTI("a named text behind a text", "mixed",
	    "--b\n\none\n--b\nContent-Type: text/plain; name=a.c\n\ntwo\n--b--\n", "one"),
	MULTI("a named text alone", "mixed",
	    "--b\nContent-Disposition: inline; filename=a\n\ntwo\n--b--\n", "two"),
	MULTI("alternative", "alternative", "--b\n\none\n" HTML_PART "<p>two\n--b--\n", "one"),
	MULTI("alternative, page first", "alternative", HTML_PART "<p>two\n--b\n\none\n--b--\n",
	    "one"),
	MULTI("alternative, text empty", "alternative", "--b\n\n \n" HTML_PART "<p>two\n--b--\n",
	    "two"),
	MULTI("alternative, text a stub", "alternative",
	    "--b\n\nView this in HTML.\n" HTML_PART
	    "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21\n--b--\n",
	    "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21"),
	MULTI("alternative, three", "alternative",
	    "--b\n\none\n--b\nContent-Type: text/x-amp-html\n\nx\n" HTML_PART "<p>two\n--b--\n",
	    "one"),
	MULTI("alternative with a calendar", "alternative",
	    HTML_PART "<p>two\n--b\nContent-Type: text/calendar\n\nBEGIN\n--b--\n", "two"),
	MULTI("the page in pieces", "alternative",
	    "--b\n\n\n--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\nContent-Type: "
	    "text/html\n\n<p>one\n--c\nContent-Type: image/png\n\nx\n--c\nContent-Type: "
	    "text/html\n\n<p>two\n--c--\n--b--\n",
	    "one\n\ntwo"),
	MULTI("related", "related", HTML_PART "<p>one\n--b\n\ntwo\n--b--\n", "one"),
	MULTI("related with a start", "related; start=\"<r@x>\"",
	    "--b\n\none\n--b\nContent-ID: <r@x>\n\ntwo\n--b--\n", "two"),
	MULTI("related with a wrong start", "related; start=z",
	    "--b\n\none\n--b\nContent-ID: <r@x>\n\ntwo\n--b--\n", "one"),
	MULTI(
	    "signed", "signed", "--b\n\none\n--b\nContent-Type: text/plain\n\nsig\n--b--\n", "one"),
	MULTI("encrypted", "encrypted", "--b\n\nVersion: 1\n--b\n\nABC\n--b--\n",
	    "[encrypted message]"),
	MULTI("report", "report",
	    "--b\n\nfailed\n--b\nContent-Type: message/delivery-status\n\nAction: failed\n--b--\n",
	    "failed"),
	MULTI("digest", "digest", "--b\n\nSubject: s\n\none\n--b--\n", "Subject: s\n\none"),
	MULTI("unknown", "x-foo", "--b\n\none\n--b\n\ntwo\n--b--\n", "one\n\ntwo"),
	MULTI("a message behind", "mixed",
	    "--b\n\none\n--b\nContent-Type: message/rfc822\n\nFrom: a\nSubject: s\n\ntwo\n--b--\n",
	    "one\n\nFrom: a\nSubject: s\n\ntwo"),
	MULTI("a message in base64", "mixed",
	    "--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: "
	    "base64\n\nU3ViamVjdDogcwoKdHdvCg==\n--b\n\none\n--b--\n",
	    "Subject: s\n\ntwo\n\none"),
	ROW("S/MIME", "Content-Type: application/pkcs7-mime\n\nx\n", NULL, "[encrypted message]"),
	ROW("S/MIME, signed", "Content-Type: application/pkcs7-mime; smime-type=signed-data\n\nx\n",
	    NULL, "[signed message, cannot be read here]"),

	/* Broken structures. */
	MULTI("cut in a part", "mixed", "--b\n\none\n--b\n\ntw", "one\n\ntw"),
	MULTI(
	    "cut in a part's header", "mixed", "--b\n\none\n--b\nContent-Ty", "one\n\nContent-Ty"),
	MULTI("no part", "mixed", "Hello\n", "Hello"),
	MULTI("another boundary", "mixed", "--c\n\none\n--c--\n", "--c\n\none\n--c--"),
	MULTI("nothing at all", "mixed", "", ""),
	MULTI("closed at once", "mixed", "--b--\none\n", ""),
	MULTI("a part without a header", "mixed", "--b\none two\n--b--\n", "one two"),
	MULTI("a part without a body", "mixed", "--b\nX: y\n--b\n\none\n--b--\n", "one"),
	MULTI("white space behind the boundary", "mixed", "--b \t\n\none\n--b-- \n", "one"),
	MULTI("what only begins with it", "mixed", "--b\n\none\n--bc\n--b--x\n--b--\n",
	    "one\n--bc\n--b--x"),
	MULTI("the inner end is missing", "mixed",
	    "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\none\n--b\n\ntwo\n--b--\n",
	    "one\n\ntwo"),
	MULTI("the same boundary inside", "mixed",
	    "--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\n", "one"),
	ROW("no boundary", "Content-Type: multipart/mixed\n\nHello\n", NULL, "Hello"),
	ROW("a boundary in pieces",
	    "Content-Type: multipart/mixed; boundary*0=a; boundary*1=b\n\n--ab\n\none\n--ab--\n",
	    NULL, "one"),
	ROW("a boundary of many kinds of character",
	    "Content-Type: multipart/mixed; boundary=\"a'()+_,-./:=? b\"\n\n--a'()+_,-./:=? "
	    "b\n\none\n--a'()+_,-./:=? b--\n",
	    NULL, "one"),
};

static int
file_of(const char *bytes, size_t len)
{
	int fd = memfd_create("mail", MFD_CLOEXEC);

	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len)
		abort();
	return fd;
}

static struct msg *
read_bytes(const char *bytes, size_t len, struct verdict *v)
{
	int fd = file_of(bytes, len);
	struct msg *m = msg_new();

	if (mime_read(m, fd, NULL, v) < 0) {
		msg_free(m);
		m = NULL;
	}
	close(fd);
	return m;
}

static void
check(const struct row *r, const char *bytes, size_t len, const char *with)
{
	struct verdict v;
	struct msg *m = read_bytes(bytes, len, &v);
	char name[200];

	snprintf(name, sizeof name, "%s%s: subject", r->name, with);
	is_str(m ? m->subject : v.text, r->subject, name);
	snprintf(name, sizeof name, "%s%s: text", r->name, with);
	is_str(m ? m->text : v.text, r->text, name);
	msg_free(m);
}

static void
check_rows(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buf crlf;

		check(&rows[i], rows[i].mail, rows[i].len, "");
		buf_init(&crlf, 1 << 20);
		for (size_t k = 0; k < rows[i].len; k++) {
			if (rows[i].mail[k] == '\n')
				buf_add(&crlf, "\r", 1);
			buf_add(&crlf, rows[i].mail + k, 1);
		}
		check(&rows[i], buf_str(&crlf), crlf.len, ", CR LF");
		buf_free(&crlf);
	}
}

static void
check_fields(void)
{
	static const char mail[] = "Message-ID: \n <a@b>\nDate: Mon,  1 Jan\x01 2024\n\nx\n";
	struct verdict v = { 0 };
	struct msg *m = read_bytes(mail, sizeof mail - 1, &v);

	is_str(m->message_id, "<a@b>", "Message-ID as it was written");
	is_str(m->date, "Mon, 1 Jan 2024", "Date as it was written");
	msg_free(m);
	m = read_bytes("\nx\n", 3, &v);
	is_str(m->message_id, NULL, "no Message-ID");
	is_str(m->date, NULL, "no Date");
	msg_free(m);
}

static void
check_failures(void)
{
	struct verdict v = { 0 };
	struct msg *m = msg_new();
	int fd = file_of("\nx\n", 3);

	ok(!read_bytes("", 0, &v) && v.is == NEVER, "an empty file will never be a mail");
	is_str(v.dsn, "5.6.0", "an empty file: dsn");
	is_int(mime_read(m, fd, NULL, &v), 0, "read at the end");
	is_int(lseek(fd, 0, SEEK_CUR), 3, "the file's offset stays");
	close(fd);
	ok(mime_read(m, fd, NULL, &v) < 0 && v.is == LATER, "a file that cannot be read may be later");
	is_str(v.dsn, "4.3.0", "a file that cannot be read: dsn");
	msg_free(m);
}

/* Text of n bytes, the last character not at the cap. */
static void
check_cap(void)
{
	struct buf b;
	struct verdict v;
	struct msg *m;

	buf_init(&b, 1 << 20);
	buf_adds(&b, "Content-Type: text/plain; charset=utf-8\n\nx");
	while (b.len < 200000)
		buf_adds(&b, "\xe4\xbd\xa0");
	m = read_bytes(buf_str(&b), b.len, &v);
	is_int((long long)strlen(m->text), MSG_MAX_TEXT, "text is cut at its maximum");
	is_str(m->text + MSG_MAX_TEXT - 3, "\xe4\xbd\xa0", "and at a character");
	msg_free(m);
	b.data[b.len - 1] = 'y';
	memmove(strstr(b.data, "\n\nx") + 2, strstr(b.data, "\n\nx") + 3, 150000);
	m = read_bytes(buf_str(&b), 150000, &v);
	is_int((long long)strlen(m->text), MSG_MAX_TEXT - 1, "text is cut below its maximum");
	msg_free(m);
	buf_free(&b);
}

static void *
read_all(void *failed)
{
	for (size_t n = 0; n < 5 * sizeof rows / sizeof *rows; n++) {
		const struct row *r = &rows[n % (sizeof rows / sizeof *rows)];
		struct verdict v;
		struct msg *m = read_bytes(r->mail, r->len, &v);

		if (!m || strcmp(m->text, r->text) != 0)
			__atomic_add_fetch((int *)failed, 1, __ATOMIC_RELAXED);
		msg_free(m);
	}
	return NULL;
}

static void
check_threads(void)
{
	pthread_t t[8];
	int failed = 0;

	for (size_t i = 0; i < 8; i++)
		if (pthread_create(&t[i], NULL, read_all, &failed) != 0)
			abort();
	for (size_t i = 0; i < 8; i++)
		pthread_join(t[i], NULL);
	is_int(failed, 0, "eight threads read the same");
}

#ifdef __SANITIZE_THREAD__
/* GLib's locks and slices, and the loader under iconv(3), are not built for the sanitizer, which
 * takes the memory that they pass from thread to thread for a race. */
const char *__tsan_default_suppressions(void);

const char *
__tsan_default_suppressions(void)
{
	return "called_from_lib:libglib-2.0.so\ncalled_from_lib:libgobject-2.0.so\n"
	       "called_from_lib:libgmime-3.0.so\nrace:_dl_close_worker\nrace:_dl_map_object\n"
	       "race:gconv\nrace:iconv_open\n";
}
#endif

int
main(void)
{
	mime_start();
	check_rows();
	check_fields();
	check_failures();
	check_cap();
	check_threads();
	return tap_done();
}
