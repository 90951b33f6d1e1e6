// Rows: System V shared memory.
#include <sys/ipc.h>
#include <sys/shm.h>

#include <array>

#include "calls/row.hpp"
#include "values/out_integer.hpp"

namespace kipc {
namespace {

const std::vector<std::string_view> kShm = {"sysv-shm"};

const Type& get_flags() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(IPC_CREAT), KIPC_CONSTANT(IPC_EXCL), KIPC_CONSTANT(SHM_HUGETLB),
                                        KIPC_CONSTANT(SHM_NORESERVE)};
  static const auto type = make_flags_type("shmget flags", kFlags);
  return *type;
}

const Type& attach_flags() {
  static constexpr std::array kFlags = {KIPC_CONSTANT(SHM_EXEC), KIPC_CONSTANT(SHM_RDONLY), KIPC_CONSTANT(SHM_REMAP),
                                        KIPC_CONSTANT(SHM_RND)};
  static const auto type = make_flags_type("shmat flags", kFlags);
  return *type;
}

const Type& control_commands() {
  static constexpr std::array kCommands = {
      KIPC_CONSTANT(IPC_INFO), KIPC_CONSTANT(IPC_RMID),     KIPC_CONSTANT(IPC_SET),
      KIPC_CONSTANT(IPC_STAT), KIPC_CONSTANT(SHM_INFO),     KIPC_CONSTANT(SHM_LOCK),
      KIPC_CONSTANT(SHM_STAT), KIPC_CONSTANT(SHM_STAT_ANY), KIPC_CONSTANT(SHM_UNLOCK)};
  static const auto type = make_enum_type("shmctl command", kCommands);
  return *type;
}

const Type& segment_type() {
  static const std::array kFields = [] {
    std::array fields = {
        KIPC_FIELD(shmid_ds, shm_perm.mode), KIPC_FIELD(shmid_ds, shm_perm.uid),  KIPC_FIELD(shmid_ds, shm_perm.gid),
        KIPC_FIELD(shmid_ds, shm_perm.cuid), KIPC_FIELD(shmid_ds, shm_perm.cgid), KIPC_FIELD(shmid_ds, shm_perm.__key),
        KIPC_FIELD(shmid_ds, shm_segsz),     KIPC_FIELD(shmid_ds, shm_atime),     KIPC_FIELD(shmid_ds, shm_dtime),
        KIPC_FIELD(shmid_ds, shm_ctime),     KIPC_FIELD(shmid_ds, shm_cpid),      KIPC_FIELD(shmid_ds, shm_lpid),
        KIPC_FIELD(shmid_ds, shm_nattch)};
    fields[0].octal = true;
    return fields;
  }();
  static const StructType kSegment = {"struct shmid_ds", sizeof(shmid_ds), kFields};
  static const auto type = make_struct_type(kSegment);
  return *type;
}

const Type& limits_type() {
  static const std::array kFields = {KIPC_FIELD(shminfo, shmmax), KIPC_FIELD(shminfo, shmmin),
                                     KIPC_FIELD(shminfo, shmmni), KIPC_FIELD(shminfo, shmseg),
                                     KIPC_FIELD(shminfo, shmall)};
  static const StructType kLimits = {"struct shminfo", sizeof(shminfo), kFields};
  static const auto type = make_struct_type(kLimits);
  return *type;
}

const Type& usage_type() {
  static const std::array kFields = {KIPC_FIELD(shm_info, used_ids), KIPC_FIELD(shm_info, shm_tot),
                                     KIPC_FIELD(shm_info, shm_rss), KIPC_FIELD(shm_info, shm_swp)};
  static const StructType kUsage = {"struct shm_info", sizeof(shm_info), kFields};
  static const auto type = make_struct_type(kUsage);
  return *type;
}

void control(Frame& f) {
  enum Params { shmid, cmd, set, stat, limits, usage };
  const int command = f[cmd].as_int();
  void* buffer = nullptr;
  switch (command) {
    case IPC_SET: buffer = f[set].p; break;
    case IPC_STAT:
    case SHM_STAT:
    case SHM_STAT_ANY: buffer = out_place<shmid_ds>(f, stat); break;
    case IPC_INFO: buffer = out_place<shminfo>(f, limits); break;
    case SHM_INFO: buffer = out_place<shm_info>(f, usage); break;
    default: break;
  }
  f.returns(::shmctl(f[shmid].as_int(), command, static_cast<shmid_ds*>(buffer)));
  if (command == IPC_INFO)
    report_structure(f, limits, static_cast<shminfo*>(buffer));
  else if (command == SHM_INFO)
    report_structure(f, usage, static_cast<shm_info*>(buffer));
  else if (command != IPC_SET)
    report_structure(f, stat, static_cast<shmid_ds*>(buffer));
}

}  // namespace

std::vector<Row> sysv_shm_rows() {
  return {
      Row{.name = "shmat",
          .areas = kShm,
          .doc = "Attaches a segment, where the kernel likes unless shmaddr is given.",
          .source = "POSIX.1-2024 shmat(), shmat(2)",
          .params = {in("shmid", integer_type()), optional("shmaddr", address_type(), "\"null\""),
                     optional("shmflg", attach_flags(), "[]")},
          .returns = Returns::address,
          .perform =
              [](Frame& f) {
                f.returns_address(::shmat(f[0].as_int(), f[1].p, f[2].as_int()), reinterpret_cast<void*>(-1));
              }},
      Row{.name = "shmctl",
          .areas = kShm,
          .doc = "Reads, changes, locks or removes a segment, as cmd says. SHM_STAT takes an index and returns the id; "
                 "IPC_INFO fills a struct shminfo, SHM_INFO a struct shm_info, and both return the highest index.",
          .source = "POSIX.1-2024 shmctl(), shmctl(2)",
          .params = {in("shmid", integer_type()), selector("cmd", control_commands()),
                     only_for(in("buf", segment_type()), {"IPC_SET"}),
                     only_for(out("buf", segment_type()), {"IPC_STAT", "SHM_STAT", "SHM_STAT_ANY"}),
                     only_for(out("buf", limits_type()), {"IPC_INFO"}),
                     only_for(out("buf", usage_type()), {"SHM_INFO"})},
          .returns = Returns::integer,
          .perform = control},
      Row{.name = "shmdt",
          .areas = kShm,
          .doc = "Detaches the segment attached at shmaddr.",
          .source = "POSIX.1-2024 shmdt(), shmat(2)",
          .params = {in("shmaddr", address_type())},
          .perform = [](Frame& f) { f.returns(::shmdt(f[0].p)); }},
      Row{.name = "shmget",
          .areas = kShm,
          .doc = "Opens or creates a segment of at least size bytes.",
          .source = "POSIX.1-2024 shmget(), shmget(2)",
          .params = {in("key", key_type()), in("size", integer_type()), optional("shmflg", get_flags(), "[]")},
          .returns = Returns::value,
          .perform =
              [](Frame& f) {
                f.returns(::shmget(static_cast<key_t>(f[0].i), f[1].as_size(), f[2].as_int()));
                if (f.result.err == 0) f.host.created("shm", f.result.ret);
              }},
  };
}

}  // namespace kipc
