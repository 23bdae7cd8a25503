/*
 * door.h - what is said at the bridge's submit socket: HTTP, so that it can cross hosts by TLS and
 * be tried by hand with curl.
 *
 * POST /rcpt    body: msg_format() of a message with from, client, login and one recipient.
 *               Would the bridge take it? Asked at RCPT, so that a "no" comes early.
 * POST /submit  body: msg_format() of the whole message. Answered when it is on the disk. All
 *               recipients or none. Header "Trivium-Deadline: MILLISECONDS": the sender gives up
 *               then, and the bridge will not commit later than that.
 *
 * Over TCP it is https, and each request has a header "Authorization: Bearer SECRET"; without the
 * right one it is answered 403.
 *
 * Answer: 200 and "ID\n" (/submit; "ID repeated\n" when every recipient had come before) or "ok\n"
 * (/rcpt; "ok whole\n" when the recipient can read all of the message: its whole text and every
 * attachment are wanted); 503 (LATER) or 422 (NEVER) and "DSN TEXT\n". Any other status is LATER.
 */
#ifndef BRIDGE_DOOR_H
#define BRIDGE_DOOR_H

#define DOOR_RCPT "/rcpt"
#define DOOR_WHOLE "ok whole"
#define DOOR_SUBMIT "/submit"
#define DOOR_DEADLINE "Trivium-Deadline"
#define DOOR_SECRET "Authorization: Bearer "
#define DOOR_TYPE "application/x-trivium-message"

enum { DOOR_LATER = 503, DOOR_NEVER = 422, DOOR_STRANGER = 403 };

#endif
