# Bash completion for scaletool. What was typed is passed on as it stands: nothing of it is
# evaluated. Needs no other package; may be read more than once.

_scaletool() {
  local words=() start="" glued="" files="" piece line
  # Bash takes `--name=value` and `replay:file` apart; the program gets whole words.
  for piece in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ -n $piece && -z ${piece//[=:]/} && ${#words[@]} -gt 0 ]]; then
      words[${#words[@]}-1]+=$piece
      start=${words[${#words[@]}-1]}
      glued=1
    elif [[ -n $glued && -n $piece ]]; then
      words[${#words[@]}-1]+=$piece
      glued=""
    else
      words+=("$piece")
      start=""
    fi
  done
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == ":files" ]]; then
      files=1
      continue
    fi
    line=${line%%$'\t'*}
    # Bash replaces only the part behind the last `=` or `:`.
    COMPREPLY+=("${line#"$start"}")
  done < <(scaletool complete -- "${words[@]}" 2>/dev/null)
  # Names of files are the default of an empty answer.
  [[ -n $files ]] || compopt +o default 2>/dev/null
  return 0
}

complete -o default -F _scaletool scaletool
