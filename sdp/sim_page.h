/*
 * sim_page.h - the page with the handsets, as it is written in sdp/sim_page.html.
 */
#ifndef SDP_SIM_PAGE_H
#define SDP_SIM_PAGE_H

/* The whole page, in UTF-8. It needs nothing from elsewhere. */
extern const char sim_page[];

#endif
