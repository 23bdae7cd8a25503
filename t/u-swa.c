/*
 * u-swa.c - SOAP with attachments, and the presentations in it: what is written can be read again,
 * and what others write can be read, too.
 */
#include <stdlib.h>
#include <string.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/message/smil.h"
#include "bridge/message/swa.h"
#include "t/tap.h"

#define RELATED "multipart/related; boundary=b"

static const struct {
	const char *name, *type, *body;
	const char *root; /* NULL: it is refused */
	const char *parts; /* type|charset|id|location|name|bytes, each ended by a line feed */
} read_rows[] = {
	{ "no multipart is a root alone", "text/xml; charset=utf-8", "<a/>", "<a/>", "" },
	{ "the published form",
	    "multipart/related; type=\"text/xml\"; start=\"<root@relay.example>\"; boundary=\"=_rel_5f1c\"",
	    "--=_rel_5f1c\r\nContent-Type: text/xml; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n"
	    "Content-ID: <root@relay.example>\r\n\r\n<e/>\r\n--=_rel_5f1c\r\nContent-Type: text/plain; "
	    "charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\nContent-ID: <text1>\r\n\r\nvom Strand\r\n"
	    "--=_rel_5f1c\r\nContent-Type: image/gif; name=\"pic.gif\"\r\nContent-Transfer-Encoding: "
	    "binary\r\nContent-ID: <pic1>\r\nContent-Location: pic.gif\r\n\r\nGIF89a\r\n\r\n"
	    "--=_rel_5f1c--\r\n", "<e/>",
	    "text/plain|UTF-8|text1|||vom Strand\nimage/gif||pic1|pic.gif|pic.gif|GIF89a\r\n\n" },
	{ "bare line feeds, no start, ids without <>, a preamble, no end", RELATED,
	    "Hello\n--b\nContent-Type: text/xml\n\n<e/>\n--b\nContent-Type: IMAGE/JPEG\nContent-ID: p1\n\nJJ",
	    "<e/>", "image/jpeg||p1|||JJ\n" },
	{ "the root is where start says", "Multipart/Related; Boundary=b; start=r",
	    "--b\n\nfirst\n--b\nContent-Id: <r>\nContent-Type: application/xop+xml\n\n<e/>\n--b--\n", "<e/>",
	    "text/plain|||||first\n" },
	{ "base64 with blanks, rubbish, and no padding", RELATED,
	    "--b\n\n<e/>\n--b\nContent-Type: image/png\nContent-Transfer-Encoding: BASE64\n\n SGVs\n%bG8\n"
	    "--b--", "<e/>", "image/png|||||Hello\n" },
	{ "quoted-printable, although it should not be", RELATED,
	    "--b\n\n<e/>\n--b\nContent-Transfer-Encoding: quoted-printable\n\na=3Db=\r\nc=\nd=zz=\n--b--",
	    "<e/>", "text/plain|||||a=bcd=zz=\n" },
	{ "names", RELATED,
	    "--b\n\n<e/>\n--b\nContent-Disposition: attachment; filename=\"a \\\"b\\\";c.jpg\"\n\n1\n--b\n"
	    "Content-Disposition: inline; filename*=UTF-8''gr%C3%BC%C3%9Fe.jpg\n\n2\n--b\n"
	    "Content-Type: image/gif; name==?utf-8?Q?x?=\n\n3\n--b--", "<e/>",
	    "text/plain||||a \"b\";c.jpg|1\ntext/plain||||grüße.jpg|2\nimage/gif|||||3\n" },
	{ "empty parts", RELATED, "--b\n--b\n\n--b\nContent-Type: a/b\n--b--", "",
	    "text/plain|||||\na/b|||||\n" },
	{ "a boundary that goes on is none", RELATED, "--b\n\n<e/>\n--bc\n--b--", "<e/>\n--bc", "" },
	{ "no boundary", "multipart/related", "--b\n\n<e/>\n--b--", NULL, NULL },
	{ "an empty one", "multipart/related; boundary=\"\"", "--\n\n<e/>\n----", NULL, NULL },
	{ "no part", RELATED, "nothing at all", NULL, NULL },
	{ "nothing", RELATED, "", NULL, NULL },
};

static void
test_read(size_t i)
{
	struct arena *a = arena_new();
	struct swa swa;
	struct verdict v;
	struct buf got;
	int rc = swa_read(a, read_rows[i].type, read_rows[i].body, strlen(read_rows[i].body), &swa, &v);

	if (!read_rows[i].root) {
		ok(rc < 0 && v.is == NEVER, "%s: refused", read_rows[i].name);
	} else if (ok(rc == 0, "%s", read_rows[i].name)) {
		buf_init(&got, 10000);
		for (size_t k = 0; k < swa.n; k++) {
			const struct swa_part *p = &swa.parts[k];

			buf_addf(&got, "%s|%s|%s|%s|%s|", p->type, p->charset, p->id, p->location,
			    p->name);
			buf_add(&got, p->bytes, p->len);
			buf_add(&got, "\n", 1);
		}
		is_str(arena_strndup(a, swa.root.bytes, swa.root.len), read_rows[i].root, "its root");
		is_str(buf_str(&got), read_rows[i].parts, "its parts");
		buf_free(&got);
	}
	arena_free(a);
}

/* Any bytes come back as they were, in either encoding, with a line end at their end or not. */
static void
test_both_ways(bool binary)
{
	static const size_t sizes[] = { 0, 1, 2, 3, 56, 57, 58, 1000, 100000 };
	struct arena *a = arena_new();
	struct swa_part parts[sizeof sizes / sizeof *sizes];
	size_t n = sizeof sizes / sizeof *sizes;
	char type[SWA_TYPE];
	struct swa swa;
	struct verdict v;
	struct buf out;
	bool same = true;

	srand(1);
	for (size_t i = 0; i < n; i++) {
		char *bytes = arena_alloc(a, sizes[i] + 1);

		for (size_t k = 0; k < sizes[i]; k++)
			bytes[k] = k + 2 > sizes[i] ? '\n' : (char)(rand() >> 8);
		parts[i] = (struct swa_part){ "image/gif", "", arena_printf(a, "p%zu", i), "", "",
			bytes, sizes[i] };
	}
	buf_init(&out, 1 << 20);
	ok(swa_write("<e/>", 4, parts, n, binary, &out, type) == 0, "written");
	ok(strstr(type, "multipart/related; type=\"text/xml\"; start=\"<"), "its type: %s", type);
	ok(swa_read(a, type, out.data, out.len, &swa, &v) == 0 && swa.n == n, "and read");
	for (size_t i = 0; i < n; i++)
		same &= swa.parts[i].len == sizes[i] && strcmp(swa.parts[i].id, parts[i].id) == 0 &&
			memcmp(swa.parts[i].bytes, parts[i].bytes, sizes[i]) == 0;
	ok(same, "all bytes are the same, %s", binary ? "as they are" : "by way of base64");
	for (const char *s = out.data; !binary && s; s = strchr(s + 1, '\n'))
		if (strcspn(s + 1, "\r") > 200)
			same = false;
	ok(same, "no line is long");
	buf_free(&out);
	buf_init(&out, 1000);
	ok(swa_write("<e/>", 4, parts, n, binary, &out, type) < 0, "what does not fit is refused");
	buf_free(&out);
	arena_free(a);
}

static void
test_many(void)
{
	struct arena *a = arena_new();
	struct swa swa;
	struct verdict v;
	struct buf b;

	buf_init(&b, 1 << 20);
	for (unsigned i = 0; i < 10000; i++)
		buf_addf(&b, "--b\n\n%u\n", i);
	ok(swa_read(a, RELATED, b.data, b.len, &swa, &v) == 0 && swa.n == SWA_PARTS - 1,
	    "of ten thousand parts %zu are read", swa.n);
	buf_free(&b);
	arena_free(a);
}

static const struct {
	const char *smil, *srcs;
} smils[] = {
	{ "<smil><head><layout><root-layout/><region id=\"i\"/></layout></head><body><par dur=\"5s\">"
	  "<img src=\"cid:pic1\" region=\"i\"/><text src=\"cid:text1\"/></par></body></smil>",
	    "pic1 text1" },
	{ "<!DOCTYPE smil PUBLIC \"-//W3C//DTD SMIL 1.0//EN\" \"x.dtd\"><SMIL><par><TEXT region='t' "
	  "SRC='a.txt'><video\nsrc=\"b.3gp\"></par>", "a.txt b.3gp" },
	{ "<img alt=\"x src='no'\" src=\"yes\"/><audio src=\"CID:s.amr\"/><ref src=\"r\"/>", NULL },
	{ "<img/><img src=/><img src=\"\"/><img src=\"unclosed/><imgsrc=\"x\"/><image src=\"x\"/>", "" },
	{ "<img src=\"x\"", "" },
	{ "", "" },
	{ "<<<<<img src='a'>>", "a" },
};

static void
test_smil(void)
{
	static const struct smil_item items[] = { { "text/plain", "cid:t1" },
		{ "image/jpeg", "cid:p1" }, { "image/png", "cid:p&2" }, { "application/pdf", "cid:f" },
		{ "audio/amr", "cid:a1" }, { "audio/amr", "cid:a2" }, { "video/mp4", "cid:v" } };
	struct arena *a = arena_new();
	const char *srcs[SMIL_MOST];
	struct buf out;
	size_t n;

	for (size_t i = 0; i < sizeof smils / sizeof *smils; i++) {
		buf_init(&out, 10000);
		n = smil_read(a, smils[i].smil, strlen(smils[i].smil), srcs);
		for (size_t k = 0; k < n; k++)
			buf_addf(&out, "%s%s", k ? " " : "", srcs[k]);
		if (smils[i].srcs)
			is_str(buf_str(&out), smils[i].srcs, "references");
		buf_free(&out);
	}
	buf_init(&out, 10000);
	smil_write(items, sizeof items / sizeof *items, &out);
	ok(strstr(buf_str(&out), "<body><par dur=\"5000ms\"><text src=\"cid:t1\" region=\"Text\"></text>"
	    "<img src=\"cid:p1\" region=\"Image\"></img></par><par dur=\"5000ms\"><img "
	    "src=\"cid:p&amp;2\" region=\"Image\"></img><audio src=\"cid:a1\"></audio></par><par "
	    "dur=\"5000ms\"><audio src=\"cid:a2\"></audio><video src=\"cid:v\" region=\"Image\"></video>"
	    "</par></body></smil>") && strncmp(buf_str(&out), "<smil><head><layout>", 20) == 0,
	    "slides: one text, one picture, one sound on each: %s", buf_str(&out));
	n = smil_read(a, buf_str(&out), out.len, srcs);
	ok(n == 6 && strcmp(srcs[5], "v") == 0, "and what is written can be read: %zu", n);
	buf_free(&out);
	arena_free(a);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof read_rows / sizeof *read_rows; i++)
		test_read(i);
	test_both_ways(false);
	test_both_ways(true);
	test_many();
	test_smil();
	return tap_done();
}
