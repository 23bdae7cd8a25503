/*
 * fit.h - a message's media made to fit into one MMS. Pictures go through a process of their own each,
 * trivium-media, which may crash or run away on what strangers send: then that picture is left out,
 * and nothing else happens.
 */
#ifndef BRIDGE_FIT_H
#define BRIDGE_FIT_H

#include "bridge/base/conf.h"

struct fit;
struct fitter;
struct loop;
struct msg;
struct style;
struct verdict;

/* What a platform's MMS may be: keys of an sdp section. */
struct fit_limits {
	long size;  /* bytes of text and media together */
	long width; /* pixels of a picture's longer side */
	long count; /* MMS over which a message's media may be spread */
};
extern const struct setting fit_rows[];
/* What the rows' presets mean. */
extern const struct fit_limits fit_default;

/* Note in a style what is needed of them to spread a message's media. */
void fit_style(const struct fit_limits *limits, struct style *s);

/* A workshop for one transport, on its loop. For fitter_free(). */
struct fitter *fitter_new(struct loop *l);
/* Stops what is under way, and calls on_fitted for each with LATER. Accepts NULL. */
void fitter_free(struct fitter *f);

/*
 * Make of m (lent until then) a message with the same text and media that fits. Calls on_fitted(arg,
 * fitted, v) once, later and from the loop. v DONE: fitted is that message, yours for msg_free(). What
 * had to be left out is named in its text, "[video.mp4, 5.1 MB, not sent]" on a line each, as far as
 * there is room, and in its `left`. v LATER 4.3.0 and fitted NULL: no process could be started, or the transport closes.
 * The sum is over limits->size only when the text alone is.
 */
void fit_start(struct fitter *f, const struct msg *m, const struct fit_limits *limits,
    void (*on_fitted)(void *arg, struct msg *fitted, const struct verdict *v), void *arg);

#endif
