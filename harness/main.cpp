// kipc: everything begins in harness/cli.
namespace kipc::cli {
int main(int argc, char** argv);
}

int main(int argc, char** argv) { return kipc::cli::main(argc, argv); }
