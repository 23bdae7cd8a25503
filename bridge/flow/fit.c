/*
 * fit.c - shares an MMS's room among what is to go with it: sound and video cannot be made smaller, so
 * they take theirs first, as long as pictures keep a little; then the pictures, the smallest file
 * first, each an equal share of what is left, so that what one does not need is the next one's.
 */
#include "bridge/flow/fit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "bridge/base/arena.h"
#include "bridge/base/buf.h"
#include "bridge/base/child.h"
#include "bridge/base/log.h"
#include "bridge/base/loop.h"
#include "bridge/base/mem.h"
#include "bridge/base/verdict.h"
#include "bridge/message/image.h"
#include "bridge/message/msg.h"
#include "bridge/message/style.h"

enum {
	AT_ONCE = 2,		  /* processes of a transport: they take a processor each */
	ONE_MS = 20 * 1000,	  /* for a picture */
	ALL_MS = 60 * 1000,	  /* for a message's pictures: what is not done then is left out */
	LITTLE = 15 * 1000,	  /* bytes of a picture that can still be looked at */
	NAMED = 80,		  /* bytes of a line that names what is left out */
	HEAD = 64,		  /* bytes before a fitted picture: what it is */
	PATH = 4096,
};

const struct setting fit_rows[] = {
	{ "mms_size", CONF_SIZE, offsetof(struct fit_limits, size), "300 kB", "1 kB", "10 MB",
	    "what text and media of an MMS may take together" },
	{ "mms_width", CONF_INT, offsetof(struct fit_limits, width), "1600", "160", "10000",
	    "the most pixels that a picture's longer side may have in an MMS" },
	{ "mms_count", CONF_INT, offsetof(struct fit_limits, count), "1", "1", "9",
	    "the most MMS over which a message's pictures, sound and video are spread" },
	{ NULL, CONF_STRING, 0, NULL, NULL, NULL, NULL },
};

const struct fit_limits fit_default = { 300 * 1000, 1600, 1 };

void
fit_style(const struct fit_limits *limits, struct style *s)
{
	s->mms = (unsigned)limits->count;
	s->mms_size = limits->size;
}

/* What has become of a part. */
enum fate { WAITS, GOES, STAYS };

struct fit {
	struct fitter *in;
	const struct msg *from;
	struct msg *to; /* its arena has what is made */
	struct fit_limits limits;
	struct msg_part made[MSG_MAX_PARTS];
	enum fate fate[MSG_MAX_PARTS];
	size_t at;	/* the picture in hand */
	size_t left, kept; /* bytes: for media, and for the names of those left out */
	int64_t until;	/* monotonic ms; 0: it has not begun */
	struct child *child;
	void (*on_fitted)(void *arg, struct msg *fitted, const struct verdict *v);
	void *arg;
	TAILQ_ENTRY(fit) entry;
};

struct fitter {
	struct loop *loop;
	struct timer next;
	unsigned busy;
	char path[PATH];
	TAILQ_HEAD(, fit) waiting, working;
};

static bool
is_picture(const struct msg_part *p)
{
	return strncmp(p->type, "image/", 6) == 0;
}

static const char *
name_of(const struct msg_part *p)
{
	return p->name && *p->name ? p->name : p->type;
}

/* Sound, video and whatever else cannot be made smaller: in or out. */
static void
pass_others(struct fit *f)
{
	size_t pictures = 0, keep;

	for (size_t i = 0; i < f->from->nparts; i++)
		pictures += is_picture(&f->from->parts[i]);
	keep = pictures * LITTLE < f->left / 2 ? pictures * LITTLE : f->left / 2;
	for (size_t i = 0; i < f->from->nparts; i++) {
		const struct msg_part *p = &f->from->parts[i];

		if (is_picture(p))
			continue;
		f->fate[i] = p->len + keep <= f->left ? GOES : STAYS;
		f->made[i] = *p;
		f->left -= f->fate[i] == GOES ? p->len : 0;
	}
}

/* The smallest picture that waits into f->at; how many wait. */
static size_t
pick(struct fit *f)
{
	const struct msg_part *p = f->from->parts;
	size_t n = 0;

	for (size_t i = 0; i < f->from->nparts; i++)
		if (f->fate[i] == WAITS && (n++ == 0 || p[i].len < p[f->at].len))
			f->at = i;
	return n;
}

/* The end. */

/* "[photo.jpg, 4.1 MB, not sent]", for each as far as there is room. */
static const char *
text_of(struct fit *f)
{
	const char *text = f->from->text ? f->from->text : "";
	struct buf b;

	buf_init(&b, MSG_MAX_TEXT + (size_t)MSG_MAX_PARTS * 2 * NAMED);
	buf_adds(&b, text);
	for (size_t i = 0, room = f->left; i < f->from->nparts; i++) {
		const struct msg_part *p = &f->from->parts[i];
		size_t was = b.len;

		if (f->fate[i] == GOES)
			continue;
		buf_addf(&b, "%s[%s, ", b.len && b.data[b.len - 1] != '\n' ? "\n" : "", name_of(p));
		if (p->len < 1000 * 1000)
			buf_addf(&b, "%zu kB, not sent]", (p->len + 999) / 1000);
		else
			buf_addf(&b, "%.1f MB, not sent]", (double)p->len / 1e6);
		if (b.len - was > room) {
			b.data[b.len = was] = '\0';
			break;
		}
		room -= b.len - was;
	}
	text = arena_strdup(f->to->arena, buf_str(&b));
	buf_free(&b);
	return text;
}

static void
end(struct fit *f, const struct verdict *v)
{
	struct msg *to = f->to;

	for (size_t i = 0; i < f->from->nparts && v->is == DONE; i++)
		if (f->fate[i] != GOES)
			msg_leave_out(to, &to->left, name_of(&f->from->parts[i]));
		else
			msg_add_part(to, f->made[i].type, f->made[i].name, f->made[i].bytes, f->made[i].len);
	if (v->is == DONE) {
		f->left += f->kept;
		to->text = text_of(f);
	} else {
		msg_free(to);
		to = NULL;
	}
	f->on_fitted(f->arg, to, v);
	free(f);
}

/* Pictures. */

static void go_on(struct fitter *in);

static void
leave_out(struct fit *f, const char *why)
{
	const struct msg_part *p = &f->from->parts[f->at];

	f->fate[f->at] = STAYS;
	log_event(f->from->id, "part=%s, type=%s, size=%zu, status=left out (%s)", name_of(p), p->type,
	    p->len, why);
}

/* "IMG_1.HEIC" is IMG_1.jpg now. */
static const char *
new_name(struct arena *a, const char *name, const char *was, const char *type)
{
	const char *dot = name ? strrchr(name, '.') : NULL;
	const char *ending = strcmp(type, "image/jpeg") == 0 ? "jpg" : type + strlen("image/");

	if (!name || !dot || strcmp(was, type) == 0)
		return name;
	return arena_printf(a, "%.*s.%s", (int)(dot - name), name, ending);
}

/* Take what trivium-media wrote, "TYPE LENGTH\n" and the picture, or "-" and a reason. It has seen
 * strangers' bytes, so it is not believed. NULL, or why not. */
static const char *
take(struct fit *f, const char *out, size_t len, char why[NAMED])
{
	static const char *const types[] = { [IMAGE_JPEG] = "image/jpeg", [IMAGE_PNG] = "image/png",
		[IMAGE_GIF] = "image/gif" };
	const struct msg_part *p = &f->from->parts[f->at];
	const char *line = memchr(out, '\n', len < HEAD + NAMED ? len : HEAD + NAMED);
	struct msg_part *made = &f->made[f->at];
	enum image_kind kind;
	size_t n;

	if (!line)
		return "its process ended too early";
	if (*out == '-') {
		snprintf(why, NAMED, "%.*s", (int)(line - out - 1), out + 1);
		return why;
	}
	n = len - (size_t)(++line - out);
	kind = image_kind(line, n);
	if (kind == IMAGE_NONE || kind > IMAGE_GIF || strtoul(out, NULL, 10) != n || n > f->left)
		return "its process ended too early";
	made->type = types[kind];
	made->name = new_name(f->to->arena, p->name, p->type, made->type);
	made->bytes = arena_strndup(f->to->arena, line, n);
	made->len = n;
	f->left -= n;
	f->fate[f->at] = GOES;
	return NULL;
}

static void
on_picture(void *arg, const char *out, size_t len, const char *why)
{
	struct fit *f = arg;
	struct fitter *in = f->in;
	char words[NAMED];

	f->child = NULL;
	if (!*why)
		why = take(f, out, len, words);
	if (why)
		leave_out(f, why);
	in->busy--;
	TAILQ_REMOVE(&in->working, f, entry);
	/* It keeps its place: what has begun is finished before another begins. */
	TAILQ_INSERT_HEAD(&in->waiting, f, entry);
	go_on(in);
}

/* Start on the picture in hand, one of so many. 0, or -1 and *v. */
static int
start(struct fit *f, size_t pictures, struct verdict *v)
{
	const struct msg_part *p = &f->from->parts[f->at];
	char width[24], bytes[24];
	char name[] = "trivium-media";
	char *argv[] = { name, width, bytes, NULL };
	int64_t ms = f->until - loop_ms();
	const struct child_job job = { .path = f->in->path, .argv = argv, .input = p->bytes,
		.len = p->len, .most = f->left / pictures + HEAD, .ms = ms < ONE_MS ? ms : ONE_MS,
		.on_end = on_picture, .arg = f };

	snprintf(width, sizeof width, "%ld", f->limits.width);
	snprintf(bytes, sizeof bytes, "%zu", f->left / pictures);
	f->child = child_start(f->in->loop, &job, v);
	return f->child ? 0 : -1;
}

/* The next picture of f, which is out of the lists; or the end. */
static void
step(struct fit *f)
{
	struct verdict v;
	size_t n;

	if (!f->until)
		f->until = loop_ms() + ALL_MS;
	while ((n = pick(f)) > 0 && loop_ms() >= f->until)
		leave_out(f, "the others took too long");
	done(&v, "2.0.0", "fitted");
	if (n == 0 || start(f, n, &v) < 0) {
		end(f, &v);
		return;
	}
	f->in->busy++;
	TAILQ_INSERT_TAIL(&f->in->working, f, entry);
}

static void
on_next(void *arg)
{
	struct fitter *in = arg;
	struct fit *f;

	while (in->busy < AT_ONCE && (f = TAILQ_FIRST(&in->waiting))) {
		TAILQ_REMOVE(&in->waiting, f, entry);
		step(f);
	}
}

static void
go_on(struct fitter *in)
{
	timer_set(in->loop, &in->next, 0, on_next, in);
}

void
fit_start(struct fitter *in, const struct msg *m, const struct fit_limits *limits,
    void (*on_fitted)(void *, struct msg *, const struct verdict *), void *arg)
{
	struct fit *f = xcalloc(1, sizeof *f);
	size_t text = m->text ? strlen(m->text) : 0, size = (size_t)limits->size;

	f->in = in;
	f->from = m;
	f->to = msg_new();
	f->limits = *limits;
	f->on_fitted = on_fitted;
	f->arg = arg;
	f->left = text < size ? size - text : 0;
	f->kept = m->nparts * NAMED < f->left / 8 ? m->nparts * NAMED : f->left / 8;
	f->left -= f->kept;
	pass_others(f);
	TAILQ_INSERT_TAIL(&in->waiting, f, entry);
	go_on(in);
}

struct fitter *
fitter_new(struct loop *l)
{
	struct fitter *in = xcalloc(1, sizeof *in);

	in->loop = l;
	TAILQ_INIT(&in->waiting);
	TAILQ_INIT(&in->working);
	child_path("trivium-media", in->path, sizeof in->path);
	return in;
}

void
fitter_free(struct fitter *in)
{
	struct fit *f;
	struct verdict v;

	if (!in)
		return;
	timer_clear(in->loop, &in->next);
	TAILQ_CONCAT(&in->waiting, &in->working, entry);
	later(&v, "4.3.2", "the transport closes");
	while ((f = TAILQ_FIRST(&in->waiting))) {
		TAILQ_REMOVE(&in->waiting, f, entry);
		child_stop(f->child);
		end(f, &v);
	}
	free(in);
}
