/*
 * sim_receipt.h - news for the sender: notifySmsDeliveryReceipt and notifyMessageDeliveryReceipt,
 * POSTed to the endpoint that came with the message; and in the same way what phones write.
 */
#ifndef SDP_SIM_RECEIPT_H
#define SDP_SIM_RECEIPT_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct sim;
struct sim_action;
struct sim_message;
struct sim_receipts;

struct sim_receipt_counts {
	uint64_t taken;  /* answered 2xx */
	uint64_t failed; /* tries that were not */
	uint64_t given_up;
	unsigned waiting; /* for their time, for a free place, or for an answer */
};

/* For sim_receipts_free(). sim is lent; its http is used. */
struct sim_receipts *sim_receipts_new(struct sim *sim);
/* To be called after http_free(). Accepts NULL. */
void sim_receipts_free(struct sim_receipts *s);
/* Forget all that wait and start to count anew. */
void sim_receipts_reset(struct sim_receipts *s);
void sim_receipts_count(const struct sim_receipts *s, struct sim_receipt_counts *counts);
/*
 * Send a receipt for m in delay milliseconds, as the action says (NULL: the usual). on_first(arg),
 * when given, is called once: when the first try has ended, or never will.
 */
void sim_receipt_add(struct sim_receipts *s, const struct sim_message *m,
    const struct sim_action *action, long delay, void (*on_first)(void *arg), void *arg);

/*
 * Bring the body (copied), a call of that operation (lent for ever), to the endpoint at once, as
 * often as a receipt would be. Calls on_end(sim, key, taken) once, unless all is reset before. False:
 * too many wait.
 */
bool sim_notice_add(struct sim_receipts *s, const char *id, const char *endpoint,
    const char *operation, const char *from, const struct buf *body,
    void (*on_end)(struct sim *sim, uint64_t key, bool taken), uint64_t key);

#endif
