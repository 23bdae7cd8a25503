/*
 * place.h - whether one could listen at an address, or keep something in a folder, found out without
 * doing it: for who checks a configuration, perhaps while another process works by it.
 */
#ifndef BRIDGE_PLACE_H
#define BRIDGE_PLACE_H

#include <stdbool.h>

struct verdict;

/*
 * Could this process listen there ("unix:/path", "127.0.0.1:8080", …, as sock_listen() reads it)? 0: yes;
 * 1: somebody does, and else one could; -1 and *v (NEVER): no. Looks names up.
 */
int place_listen(const char *where, struct verdict *v);
/* Would two that listen at a and b be in each other's way? */
bool place_same(const char *a, const char *b);
/* Can this process make files in that folder? 0; -1 and *v (NEVER): no, or it is not there. */
int place_folder(const char *path, struct verdict *v);

#endif
