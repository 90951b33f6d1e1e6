# Runs KIPC to write its manual page and completions into OUTPUT_DIR. At installation: the program is there by then.
file(MAKE_DIRECTORY ${OUTPUT_DIR})
foreach(words "man/kipc.1" "completion bash/kipc" "completion fish/kipc.fish" "completion zsh/_kipc")
  string(REPLACE "/" ";" words ${words})
  list(POP_BACK words file)
  separate_arguments(words)
  execute_process(COMMAND ${KIPC} ${words} OUTPUT_FILE ${OUTPUT_DIR}/${file} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
execute_process(COMMAND ${GZIP} -9nf ${OUTPUT_DIR}/kipc.1 COMMAND_ERROR_IS_FATAL ANY)
