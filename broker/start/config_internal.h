/* config_internal.h: what the files that read broker.conf share. */
#ifndef BROKER_CONFIG_INTERNAL_H
#define BROKER_CONFIG_INTERNAL_H

#include "config.h"

/* Gives a role to each user and group of a list, which is cut into its words. LT_EINVAL with the key and what is wrong. */
enum lt_err config_add_operators(struct operators *operators, const char *role, char *list, char *error,
				 size_t error_size);

#endif
