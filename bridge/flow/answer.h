/*
 * answer.h - short messages of our own to a phone whose message went nowhere, or that said STOP.
 */
#ifndef BRIDGE_ANSWER_H
#define BRIDGE_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

struct intake;
struct talks;
struct verdict;

/* Whom to answer; lent for the call. */
struct answer {
	const struct intake *in;
	const char *transport; /* that brought what is answered */
	const char *phone;     /* "tel:+8613800138000" */
	const char *called;    /* digits of our number, as the phone knows it */
	const char *instead_of; /* what is answered, by which it is known, see msg.instead_of; NULL: nothing is */
	int64_t instead_ms;
	void (*on_taken)(void *arg, const char *id, bool repeated, const struct verdict *v);
	void *arg;
};

enum { ANSWER_HOUR = 60 * 60 * 1000, ANSWER_DAY = 24 * ANSWER_HOUR };

/* Send the phone a text (UTF-8), unless one that is known by `once` went within `once_ms`. on_taken as
 * intake() has it. */
void answer(const struct answer *a, const char *once, int64_t once_ms, const char *text);
/* Nobody is known whom its message could be for: at most once an hour. */
void answer_nobody(const struct answer *a);
/* Its message may be for several; the likeliest are named with their codes. once: of the message. */
void answer_which(const struct answer *a, const struct talks *t, const char *once, int64_t once_ms);
/* Its message is refused: at most once an hour for the same reason. */
void answer_refused(const struct answer *a, const struct verdict *why);

#endif
