/*
 * queue_request.h - a request to the queue on its way to the writer and back. For the queue's own
 * files (queue*.c); others use what queue.h says.
 */
#ifndef BRIDGE_QUEUE_REQUEST_H
#define BRIDGE_QUEUE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/base/buf.h"
#include "bridge/base/loop.h"
#include "bridge/store/job.h"
#include "bridge/store/ledger.h"
#include "bridge/store/queue.h"
#include "bridge/store/writer.h"

struct consent;
struct parked;
struct report;
struct store_driver;

struct forget;
struct recall;

/* A request, of any kind. */
struct request {
	struct op op;
	struct queue *queue;

	struct msg *msg;
	bool *lend;
	struct queue_added added;
	char first_id[MSG_ID];
	int64_t settle_at, expires, deadline, due;
	struct job *job;
	struct job **told; /* jobs whose news the message tells, ntold of them */
	size_t ntold;
	struct body *body;
	int64_t notice_at; /* a notice was made that is due then; INT64_MAX: none was */
	bool heard;	   /* the job's state is what a report said, not what was given; or: consent, before */
	struct report *report;
	enum heard heard_as; /* what became of that */
	long inquire;
	struct job **jobs;
	size_t njobs;
	char *text; /* a transport, a name, a directory */
	char *phone;
	struct talks *talks;
	struct recall *recall;
	struct forget *forget;
	struct buf record; /* to be written */
	struct parked *parked;
	size_t nparked;
	unsigned char key[JOB_KEY];
	bool from_start;
	unsigned most, changed;
	enum queue_order order;
	int rcpt;
	union { /* whom to tell */
		void (*on_added)(void *arg, const struct queue_added *added, const struct verdict *v);
		void (*on_due)(void *arg, struct job **jobs, size_t n, int64_t next);
		void (*on_lent)(void *arg, struct job *j);
		void (*on_order)(void *arg, unsigned changed, const struct verdict *v);
		void (*on_found)(void *arg, struct job **jobs, size_t n);
		void (*on_talks)(void *arg, struct talks *t, const struct verdict *v);
		void (*on_link)(
		    void *arg, const struct msg *m, int64_t until, const struct verdict *v);
		void (*on_parked)(
		    void *arg, struct parked *list, size_t n, const struct verdict *v);
		void (*on_decisions)(
		    void *arg, const struct consent *d, size_t n, const struct verdict *v);
		void (*on_done)(void *arg, const struct verdict *v);
		void (*on_kept)(void *arg, bool repeated, const struct verdict *v);
		void (*on_report)(void *arg, const char *id, bool changed, const struct verdict *v);
		void (*on_forgotten)(
		    void *arg, const struct forgotten *n, const struct verdict *v);
		void (*on_notice)(
		    void *arg, struct job **jobs, size_t n, const struct msg *m, int64_t next);
	} tell;
	void *arg;
};

struct queue {
	struct loop *loop;
	struct queue_settings settings;
	const struct store_driver *driver;
	void *store;
	struct ledger *ledger;
	int lock_fd;
	struct timer trim;
	bool room;	 /* on the disk, as seen at that time */
	int64_t room_at; /* monotonic ms */
	void (*on_news)(void *arg, const char *transport);
	void (*on_back)(void *arg, const char *transport);
	void *watch_arg;
	void (*on_notice)(void *arg, int64_t at);
	void *notice_arg;
	struct writer *writer;
};

/* A request of a kind: run() and answer() are its own, see struct op. Freed with all it still holds
 * when it has been answered. */
struct request *request_new(struct queue *q, int (*run)(struct op *op, struct verdict *v),
    void (*answer)(struct op *op, const struct verdict *v));
/* Of queue_memory.c, and of queue_forget.c. Accept NULL. */
void recall_free(struct recall *r);
void forget_free(struct forget *f);
/* The undo() of requests that look jobs up: frees what was found. */
void request_undo_look(struct op *op);
/* In run(), around what may make notices; and in answer(), to tell who watches for them. */
void request_begin_notices(struct request *r);
void request_end_notices(struct request *r);
void request_tell_notices(const struct request *r);
/* Is there room on its disk for a message to be taken? */
bool queue_has_room(struct queue *q);
/* A report has given the job the state that it has: say so in the log. */
void queue_log_report(const struct job *j);
/* Tell the watcher (see queue_watch) that a transport, or (NULL) any, may have work. */
void queue_tell_news(struct queue *q, const char *transport);

#endif
