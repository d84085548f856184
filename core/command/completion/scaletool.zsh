#compdef scaletool
# Zsh completion for scaletool. What was typed is passed on as it stands: nothing of it is
# evaluated. May be read more than once.

_scaletool() {
  local line text files=0
  local -a texts shown
  for line in "${(@f)$(scaletool complete -- "${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}"; do
    if [[ $line == ":files" ]]; then
      files=1
    elif [[ -n $line ]]; then
      text=${line%%$'\t'*}
      texts+=("$text")
      shown+=("$text  ${line#*$'\t'}")
    fi
  done
  (( $#texts )) && compadd -l -d shown -- "${(@)texts}"
  if (( files )); then
    compset -P '*[=:]'
    _files
  fi
}

# Read by `autoload` it is the function's first use; read by `source` it only declares.
if [[ ${funcstack[1]-} == _scaletool ]]; then
  _scaletool "$@"
else
  compdef _scaletool scaletool
fi
