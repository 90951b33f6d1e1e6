#include "engine/actor_main.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdlib>
#include <cstring>

#include "base/bytes.hpp"
#include "engine/actor_host.hpp"

namespace kipc {

void write_program_text(const Board& board, const Case& source, const Variant& variant, const ProgramFiles& programs) {
  ByteWriter to;
  to.put_text(source.file);
  to.put_text(source.text);
  std::size_t index = 0;
  for (std::size_t i = 0; i < source.variants.size(); ++i)
    if (&source.variants[i] == &variant) index = i;
  to.put(static_cast<std::uint64_t>(index));
  to.put(static_cast<std::uint64_t>(programs.size()));
  for (const auto& [name, path] : programs) {
    to.put_text(name);
    to.put_text(path);
  }
  const std::string& bytes = to.bytes();
  if (bytes.size() > Board::kProgramBytes) return;
  std::memcpy(board.program_text(), bytes.data(), bytes.size());
  board.header().program_at =
      static_cast<std::uint64_t>(board.program_text() - reinterpret_cast<char*>(&board.header()));
  board.header().program_size = static_cast<std::uint32_t>(bytes.size());
}

namespace {

/// Addresses and sem_t pointers are forgotten by exec; descriptor numbers stay.
void forget_addresses(const Program& program, const Board& board, int actor) {
  for (const Name& name : program.scope.names) {
    if (name.kind != NameKind::address && name.kind != NameKind::semaphore) continue;
    for (int i = 0; i < name.capacity; ++i) board.cell(CellScope::process, actor, name.cell + i).bound = 0;
  }
}

int take_part(const char* image, const char* path, int actor, const char* saboteur) {
  Fd file(::open(path, O_RDWR | O_CLOEXEC));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) return 1;
  auto mapping = Mapping::shared(static_cast<std::size_t>(status.st_size), file.get());
  if (!mapping) return 1;
  file.reset();  // an actor holds no descriptor of kipc's
  const auto* header = static_cast<const BoardHeader*>(mapping->get());
  const char* text = static_cast<const char*>(mapping->get()) + header->program_at;
  ByteReader from(std::string_view(text, header->program_size));
  const std::string name = from.get_text();
  const Case source = load_case(from.get_text(), name);
  const auto index = from.get<std::uint64_t>();
  ProgramFiles programs;
  for (auto left = from.get<std::uint64_t>(); left > 0; --left) {
    const std::string given(from.get_text());
    programs[given] = from.get_text();
  }
  const auto program = compile(source, source.variants.at(static_cast<std::size_t>(index)));
  Stage stage;
  stage.programs = &programs;
  stage.program = program.get();
  stage.board = Board(mapping->get(), *program);
  stage.saboteur = find_saboteur(saboteur);
  stage.saboteur_name = saboteur;
  stage.board_path = path;
  stage.image = image;
  forget_addresses(*program, stage.board, actor);
  run_actor_loop(stage, actor, true);
  return 0;
}

}  // namespace

int actor_main(int argc, char** argv) {
  if (argc < 5) return 2;
  try {
    return take_part(argv[0], argv[2], std::atoi(argv[3]), argv[4]);
  } catch (const std::exception&) {
    return 1;  // the conductor sees the death
  } catch (const CaseError&) {
    return 1;
  }
}

}  // namespace kipc
