/*
 * bench-flatten.c - what it costs to make a mail's text, beside GMime's bare parse of the same
 * mail: processor time of each in turns, the ratio, and by how much the process grew for the text.
 *
 * `bench-flatten` shows the four mails of the bench; `bench-flatten FILE...` shows those mails.
 */
#include <fcntl.h>
#include <gmime/gmime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bridge/base/buf.h"
#include "bridge/base/verdict.h"
#include "bridge/message/mime.h"

enum { LARGE = 16 << 20, TURNS = 9 };

static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static long
peak_kb(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];
	long kb = -1;

	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "VmHWM: %ld", &kb) == 1)
			break;
	if (f)
		fclose(f);
	return kb;
}

static void
by_gmime(int fd)
{
	GMimeStream *stream;
	GMimeParser *parser;
	GMimeMessage *message;

	lseek(fd, 0, SEEK_SET); /* where a stream begins */
	stream = g_mime_stream_fs_new(dup(fd));
	parser = g_mime_parser_new_with_stream(stream);
	message = g_mime_parser_construct_message(parser, NULL);
	if (message)
		g_object_unref(message);
	g_object_unref(parser);
	g_object_unref(stream);
}

static void
by_us(int fd)
{
	struct buf out;
	struct verdict v;

	buf_init(&out, MIME_MAX_FULL);
	mime_full(fd, &out, &v);
	buf_free(&out);
}

static double
once(void (*work)(int fd), int fd, int times)
{
	double start = cpu_us();

	for (int i = 0; i < times; i++)
		work(fd);
	return (cpu_us() - start) / times;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The middle one of some turns each, so that what else the machine does weighs on both. */
static void
compare(const char *name, int fd)
{
	struct stat st;
	double ours[TURNS], theirs[TURNS];
	long before = peak_kb(), grown;
	int times;

	fstat(fd, &st);
	by_us(fd);
	grown = peak_kb() - before;
	times = (int)(st.st_size > 1000000 ? 2 : 4000000 / (st.st_size + 4000));
	for (int i = 0; i < TURNS; i++) {
		theirs[i] = once(by_gmime, fd, times);
		ours[i] = once(by_us, fd, times);
	}
	qsort(ours, TURNS, sizeof *ours, by_size);
	qsort(theirs, TURNS, sizeof *theirs, by_size);
	printf("%-28s %8lld bytes %10.1f us  GMime's parse %10.1f us  ratio %.2f  grew %ld kB\n",
	    name, (long long)st.st_size, ours[TURNS / 2], theirs[TURNS / 2],
	    ours[TURNS / 2] / theirs[TURNS / 2], grown);
}

static void
add_head(struct buf *b, const char *type)
{
	for (int i = 0; i < 8; i++)
		buf_addf(b,
		    "Received: from mx%d.example.org (mx%d.example.org [192.0.2.%d])\r\n\tby "
		    "mail.example.com with ESMTPS id 4F%d; Wed, 25 Nov 2026 10:00:0%d "
		    "+0000\r\n",
		    i, i, i, i, i);
	buf_addf(b,
	    "From: =?utf-8?q?J=C3=B6rg?= <j@example.org>\r\nTo: a@example.com\r\nSubject: "
	    "=?utf-8?b?R3LDvMOfZQ==?=\r\nMessage-ID: <1@example.org>\r\nDate: Wed, 25 Nov 2026 "
	    "10:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: %s\r\n\r\n",
	    type);
}

static void
add_text(struct buf *b, size_t size)
{
	for (size_t end = b->len + size; b->len < end;)
		buf_adds(b, "The quick brown fox jumps over the lazy dog, and nobody minds it "
			    "much.\r\n");
}

static void
add_html(struct buf *b, size_t size)
{
	buf_adds(b, "<html><head><style>.a{color:#333}.h{display:none}@media (max-width:600px)"
		    "{.b{width:100%}}</style></head><body><div class=h>hidden</div><table>\r\n");
	for (size_t end = b->len + size; b->len < end;)
		buf_adds(b,
		    "<tr><td class=\"a b\" style=\"font-family:Arial;font-size:14px;padding:"
		    "0 10px\"><p>The quick brown fox jumps over <b>the lazy dog</b>, and nobody "
		    "minds&nbsp;it.</p><a href=\"https://example.org/a/b\">More</a></td></tr>"
		    "\r\n");
	buf_adds(b, "</table></body></html>\r\n");
}

static void
add_picture(struct buf *b, size_t size)
{
	buf_adds(b, "--b\r\nContent-Type: image/jpeg; name=a.jpg\r\nContent-Transfer-Encoding: "
		    "base64\r\n\r\n");
	for (size_t end = b->len + size; b->len < end;)
		buf_adds(b, "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQ"
			    "FxQYGBc\r\n");
}

static void
made(const char *name, size_t text, size_t html, size_t picture)
{
	struct buf b;
	int fd = memfd_create("mail", MFD_CLOEXEC);

	buf_init(&b, LARGE);
	if (!html && !picture) {
		add_head(&b, "text/plain; charset=utf-8");
		add_text(&b, text);
	} else {
		add_head(
		    &b, html ? "multipart/alternative; boundary=b" : "multipart/mixed; boundary=b");
		buf_adds(&b, "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n");
		add_text(&b, text);
		buf_adds(&b, html ? "--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" : "");
		if (html)
			add_html(&b, html);
		if (picture)
			add_picture(&b, picture);
		buf_adds(&b, "--b--\r\n");
	}
	if (fd < 0 || write(fd, b.data, b.len) != (ssize_t)b.len)
		exit(1);
	buf_free(&b);
	compare(name, fd);
	close(fd);
}

int
main(int argc, char **argv)
{
	mime_start();
	for (int i = 1; i < argc; i++) {
		int fd = open(argv[i], O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			return 1;
		compare(argv[i], fd);
		close(fd);
	}
	if (argc > 1)
		return 0;
	made("2 KB of text", 2000, 0, 0);
	made("20 KB of text and HTML", 5000, 15000, 0);
	made("500 KB with a picture", 2000, 0, 498000);
	made("a newsletter of 5 MB", 500000, 4500000, 0);
	return 0;
}
