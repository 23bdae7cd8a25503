/*
 * batch.h - `triviumctl segments --batch`: a line of JSON in, a line of JSON out.
 */
#ifndef BRIDGE_CTL_BATCH_H
#define BRIDGE_CTL_BATCH_H

#include <stddef.h>
#include <stdio.h>

/*
 * Answer one line, of len bytes and a NUL, which is changed:
 * {"id":any,"text":"…","opts":{"lang":["tr"],"ref16":true,"force":"ucs2","smart":true}}, of which only
 * "text" must be there. The answer is {"id":…,"encoding":"GSM-7"|"UCS-2","units":N,"segments":N}, with
 * "mapped", the text as it would be sent, where "smart" is true; or {"id":…,"error":"…"}. 0, or -1 for
 * an error that was answered.
 */
int batch_answer(char *line, size_t len, FILE *to);

#endif
