/*
 * preview.c - `triviumctl preview`: what becomes of a mail. Each word of --only is a row.
 */
#include "bridge/ctl/preview.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bridge/base/buf.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/ctl/ctl.h"
#include "bridge/message/classify.h"
#include "bridge/message/mime.h"
#include "bridge/message/trim.h"

/* The value of a field as mime_headers() shows it, for free(); NULL: there is none. */
static char *
field_of(const struct buf *fields, const char *name)
{
	size_t len = strlen(name);

	for (const char *s = buf_str(fields), *end; *s; s = *end ? end + 1 : end) {
		end = s + strcspn(s, "\n");
		if (strncmp(s, name, len) == 0)
			return xstrndup(s + len, (size_t)(end - s) - len);
	}
	return NULL;
}

/* Does the mail's subject call it a forward? */
static bool
forwards(int fd)
{
	struct buf fields;
	struct verdict v;
	char *subject = NULL;
	bool yes;

	buf_init(&fields, MIME_MAX_FULL);
	if (mime_headers(fd, &fields, &v) == 0)
		subject = field_of(&fields, "Subject: ");
	yes = trim_forwards(subject);
	free(subject);
	buf_free(&fields);
	return yes;
}

static int
trimmed(int fd, enum trim_how how, struct buf *out, struct verdict *v)
{
	struct buf full;
	int rc;

	buf_init(&full, MIME_MAX_FULL);
	rc = mime_full(fd, &full, v);
	if (rc == 0)
		trim(buf_str(&full), full.len, how, forwards(fd), out);
	buf_free(&full);
	return rc;
}

static int
reply(int fd, struct buf *out, struct verdict *v)
{
	return trimmed(fd, TRIM_REPLY, out, v);
}

static int
forward(int fd, struct buf *out, struct verdict *v)
{
	return trimmed(fd, TRIM_FORWARD, out, v);
}

/* A mail of which nothing can be made still has a class. */
static int
class(int fd, struct buf *out, struct verdict *v)
{
	char *mail = xcalloc(1, CLASSIFY_BYTES), *subject = NULL, *from = NULL;
	ssize_t n = pread(fd, mail, CLASSIFY_BYTES, 0);
	struct buf fields, full;
	enum mail_class c;

	buf_init(&fields, MIME_MAX_FULL);
	buf_init(&full, MIME_MAX_FULL);
	if (mime_headers(fd, &fields, v) == 0) {
		subject = field_of(&fields, "Subject: ");
		from = field_of(&fields, "From: ");
	}
	mime_full(fd, &full, v);
	c = classify(mail, n > 0 ? (size_t)n : 0,
	    &(struct classify_text){ .subject = subject, .from = from, .text = buf_str(&full) });
	buf_adds(out, classify_name(c));
	buf_free(&fields);
	buf_free(&full);
	free(subject);
	free(from);
	free(mail);
	return 0;
}

/* A view of a mail, into out, which it may use up to its maximum. fd can be read at any offset.
 * 0, or -1 and *v. */
static const struct view {
	const char *word;
	int (*make)(int fd, struct buf *out, struct verdict *v);
} views[] = {
	{ "full", mime_full },
	{ "headers", mime_headers },
	{ "reply", reply },
	{ "forward", forward },
	{ "classify", class },
};

/* What the command was given. */
struct wanted {
	const char *file;
	const struct view *view; /* NULL: what phones would get */
	struct preview phones;
};

static const struct view *
find_view(const char *word)
{
	for (size_t i = 0; word && i < sizeof views / sizeof *views; i++)
		if (strcmp(views[i].word, word) == 0)
			return &views[i];
	return NULL;
}

/* The words behind the command, options before or behind the file. 0, or EX_USAGE, printed. */
static int
understand(struct ctl *c, char **words, struct wanted *w)
{
	*w = (struct wanted){ NULL };
	for (; *words; words++) {
		if (strcmp(*words, "--only") == 0) {
			if (!(w->view = find_view(words[1])))
				return ctl_error(c, EX_USAGE, "--only: there is no \"%s\"",
				    words[1] ? words[1] : "");
			words++;
		} else if (strcmp(*words, "--to") == 0) {
			if (!words[1] || w->phones.nto == PREVIEW_PHONES)
				return ctl_error(c, EX_USAGE, "--to: whom? At most %d",
				    PREVIEW_PHONES);
			w->phones.to[w->phones.nto++] = *++words;
		} else if (strcmp(*words, "--json") == 0) {
			w->phones.json = true;
		} else if (words[0][0] == '-' && words[0][1]) {
			return ctl_error(c, EX_USAGE, "there is no option %s", *words);
		} else if (w->file) {
			return ctl_error(c, EX_USAGE, "one mail at a time, please");
		} else {
			w->file = *words;
		}
	}
	if (!w->file)
		return ctl_error(c, EX_USAGE, "name a file, or - for the standard input");
	if (w->view && (w->phones.nto || w->phones.json))
		return ctl_error(c, EX_USAGE, "--only shows the mail, --to and --json what phones get");
	return 0;
}

/* The standard input as a file that can be read at any offset. -1 and errno when it cannot be. */
static int
spool(void)
{
	FILE *f;
	char room[64 * 1024];
	ssize_t n = 0;
	int fd = -1;

	if (lseek(STDIN_FILENO, 0, SEEK_CUR) == 0)
		return dup(STDIN_FILENO);
	if (!(f = tmpfile()))
		return -1;
	while ((n = read(STDIN_FILENO, room, sizeof room)) > 0)
		if (fwrite(room, 1, (size_t)n, f) != (size_t)n)
			break;
	if (n == 0 && fflush(f) == 0)
		fd = dup(fileno(f));
	fclose(f);
	return fd;
}

/* A verdict on the mail, as an exit code, printed. */
static int
refuse(struct ctl *c, const char *file, const struct verdict *v)
{
	return ctl_error(c, v->is == NEVER ? EX_DATAERR : EX_IOERR, "%s: %s",
	    strcmp(file, "-") == 0 ? "standard input" : file, v->text);
}

int
ctl_preview(struct ctl *c, char **words)
{
	struct wanted w;
	struct verdict v = { .is = DONE };
	struct buf out;
	int fd, rc = understand(c, words, &w);

	if (rc)
		return rc;
	fd = strcmp(w.file, "-") == 0 ? spool() : open(w.file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return ctl_error(c, EX_NOINPUT, "%s: %s", w.file, strerror(errno));
	mime_start();
	buf_init(&out, MIME_MAX_FULL);
	rc = w.view ? w.view->make(fd, &out, &v) : preview_phones(c, fd, &w.phones, &v);
	if (rc < 0)
		rc = refuse(c, w.file, &v);
	else if (out.len) {
		fwrite(out.data, 1, out.len, stdout);
		if (out.data[out.len - 1] != '\n')
			putchar('\n');
	}
	buf_free(&out);
	close(fd);
	return rc;
}
