/* test_identity.c - process numbers are hints: whatever they say, the kernel's token decides. The
 * scenarios write over the records through a mapping of the bare file, as pid reuse or a corrupt peer
 * would. */
#include "behaviour.h"

#include <strait/format.h>
#include <time.h>

/* The participant record of a peer in the bare bytes. */
static strait_participant_format *record_of(const strait_segment *segment, const char *name, int pid)
{
    strait_peer found;
    CHECK(find_peer(segment, pid, &found));
    char *bytes = bare_bytes(name);
    const strait_header_format *header = (const void *)bytes;
    return (void *)(bytes + header->participants_offset +
                    (uint64_t)found.index * header->participants_stride);
}

SCENARIO(identity, a_dead_peer_whose_number_was_given_to_a_living_process_is_dead)
{
    const char *name = scenario_name(0);
    if (!tokens_are_proof()) {
        SKIP("a number and a start time that both read like a living process's count here");
    }
    strait_segment *mine = opened(name, &(strait_segment_options){.bytes = 64});
    child *victim = attached_peer(name, "bytes=64"), *living = attached_peer(name, "bytes=64");
    strait_participant_format *record = record_of(mine, name, child_pid(victim));
    strait_participant_format *reused = record_of(mine, name, child_pid(living));
    strait_peer found;
    CHECK(find_peer(mine, child_pid(victim), &found));
    child_kill(victim);
    child_await(victim);
    strait_u32_store_release(&record->pid, (uint32_t)child_pid(living));
    strait_u64_store_release(&record->start, strait_u64_load_acquire(&reused->start));
    CHECK_SAME(strait_segment_life(mine, found.index, found.generation), STRAIT_DEAD);
    CHECK_SAME(strait_segment_reap(mine), 1);
    CHECK_SAME(life_of(mine, child_pid(living)), STRAIT_ALIVE);
}

SCENARIO(identity, a_living_peer_whose_number_reads_like_a_dead_one_is_alive)
{
    const char *name = scenario_name(0);
    strait_segment *mine = opened(name, &(strait_segment_options){.bytes = 64});
    child *living = attached_peer(name, "bytes=64"), *dead = attached_peer(name, "bytes=64");
    strait_participant_format *record = record_of(mine, name, child_pid(living));
    strait_peer found;
    CHECK(find_peer(mine, child_pid(living), &found));
    child_kill(dead);
    child_await(dead);
    strait_u32_store_release(&record->pid, (uint32_t)child_pid(dead));
    strait_u64_store_release(&record->start, 1);
    CHECK_SAME(strait_segment_life(mine, found.index, found.generation), STRAIT_ALIVE);
    CHECK_SAME(strait_segment_reap(mine), 1);
    strait_u64_store_release(&record->pid_namespace, 7);
    CHECK_SAME(strait_segment_life(mine, found.index, found.generation), STRAIT_ALIVE);
    CHECK_TEXT(child_ask(living, "write 0 alive"), "ok 5");
    CHECK_TEXT(child_ask(living, "close"), "ok");
}

SCENARIO(identity, an_asker_without_descriptors_is_not_fooled_into_forging_a_death)
{
    const char *name = scenario_name(0);
    child *asker = attached_peer(name, "bytes=64"), *living = attached_peer(name, "bytes=64");
    strait_segment *mine = opened(name, NULL);
    strait_participant_format *record = record_of(mine, name, child_pid(living));
    strait_peer found;
    CHECK(find_peer(mine, child_pid(living), &found));
    CHECK_TEXT(ask_if_here(asker, "closefrom 3"), "ok");
    strait_u64_store_release(&record->pid_namespace,
                             7); /* a stranger's name space: its numbers mean nothing here */
    strait_u32_store_release(&record->pid, 1u << 30);
    CHECK_NO_TEXT(child_ask(asker, "life %u %u", found.index, found.generation), "DEAD");
}

SCENARIO(identity, a_peer_is_described_by_what_it_is)
{
    const char *name = scenario_name(0);
    strait_segment *mine = opened(name, &(strait_segment_options){.bytes = 64, .role = STRAIT_WRITER});
    child *reader = attached_peer(name, "role=reader how=attach");
    strait_peer self, other;
    CHECK(find_peer(mine, (int)system_pid(), &self) && find_peer(mine, child_pid(reader), &other));
    CHECK(self.self && !other.self);
    CHECK_SAME(self.role, STRAIT_WRITER);
    CHECK_SAME(other.role, STRAIT_READER);
    CHECK_SAME(self.pid_namespace, other.pid_namespace);
    CHECK(other.joined_ns >= self.joined_ns);
    CHECK(self.program[0] != '\0' && other.program[0] != '\0');
    CHECK_SAME(self.generation, 1);
}

SCENARIO(identity, a_segment_tells_who_made_it_when_and_as_what)
{
    uint64_t before = (uint64_t)time(NULL) * 1000000000u;
    child *maker = attached_peer(scenario_name(0),
                                 "bytes=1234 lifetime=last participants=7 objects=5 room=5000 mode=0640");
    strait_segment *mine = opened(scenario_name(0), NULL);
    strait_segment_info info, other;
    CHECK_RESULT(strait_segment_stat(mine, &info), OK);
    uint64_t after = ((uint64_t)time(NULL) + 1) * 1000000000u;
    CHECK_SAME(strcmp(info.name, scenario_name(0)), 0);
    CHECK_SAME(info.bytes, 1234);
    CHECK(info.room_bytes >= 5000 && info.total_bytes >= 1234 + 5000);
    CHECK_SAME(info.lifetime, STRAIT_UNTIL_LAST_LEAVES);
    CHECK(info.mode == 0640 || !system_keeps_modes());
    CHECK_SAME(info.user, system_user());
    CHECK_SAME(info.creator_pid, child_pid(maker));
    CHECK(info.creator_program[0] != '\0');
    CHECK_SAME(info.participants_max, 7);
    CHECK_SAME(info.participants_attached, 2);
    CHECK_SAME(info.objects, 1);
    CHECK_SAME(info.objects_max, 5);
    CHECK_SAME(info.format_version, STRAIT_FORMAT_VERSION);
    CHECK(info.created_ns >= before && info.created_ns <= after);
    CHECK(info.linked && !info.retired && !info.raw);
    CHECK_RESULT(strait_segment_stat(opened(scenario_name(1), &(strait_segment_options){.bytes = 1}), &other),
                 OK);
    CHECK(memcmp(info.uuid, other.uuid, sizeof info.uuid) != 0);
    CHECK_SAME(memcmp(info.boot, other.boot, sizeof info.boot), 0);
}
