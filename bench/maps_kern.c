/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One look-up in a map for each run, of a key that is there, by chance: in a
 * large map hardly ever one that the processor's caches still have.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

const volatile __u32 entries = 1; /* keys are 0 to this less 1 */
__u64 draw = 0;

/* max_entries is set before the load. */
#define MAP(map_type, key_type, flags, name)                                   \
	struct {                                                               \
		__uint(type, map_type);                                        \
		__uint(max_entries, 1);                                        \
		__uint(map_flags, flags);                                      \
		__type(key, key_type);                                         \
		__type(value, __u64);                                          \
	} name SEC(".maps")

struct prefix {
	__u32 bits;
	__u32 addr;
};

MAP(BPF_MAP_TYPE_ARRAY, __u32, 0, array_map);
MAP(BPF_MAP_TYPE_HASH, __u32, 0, hash_map);
MAP(BPF_MAP_TYPE_LRU_HASH, __u32, 0, lru_hash_map);
MAP(BPF_MAP_TYPE_LPM_TRIE, struct prefix, BPF_F_NO_PREALLOC, lpm_trie_map);

/* See choose_host() in renew.h. */
static __always_inline __u32 choose_key(void)
{
	draw = draw * 6364136223846793005 + 1;
	return (draw >> 32) * entries >> 32;
}

SEC("xdp")
int none(struct xdp_md *ctx)
{
	(void)ctx;
	return choose_key() < entries ? XDP_PASS : XDP_ABORTED;
}

/* All values are 0: that says that the entry was read. */
static __always_inline int judge(const __u64 *value)
{
	return value && !*value ? XDP_PASS : XDP_ABORTED;
}

#define LOOK_UP(name)                                                          \
	SEC("xdp")                                                             \
	int name(struct xdp_md *ctx)                                           \
	{                                                                      \
		__u32 key = choose_key();                                      \
                                                                               \
		(void)ctx;                                                     \
		return judge(bpf_map_lookup_elem(&name##_map, &key));          \
	}

LOOK_UP(array)
LOOK_UP(hash)
LOOK_UP(lru_hash)

SEC("xdp")
int lpm_trie(struct xdp_md *ctx)
{
	struct prefix key = { .bits = 32, .addr = choose_key() };

	(void)ctx;
	return judge(bpf_map_lookup_elem(&lpm_trie_map, &key));
}

char _license[] SEC("license") = "GPL";
