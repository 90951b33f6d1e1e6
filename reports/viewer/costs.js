// What a message costs. Reports without measurements have no such part.
'use strict';

const hasCosts = () => false;
function openCosts() {}
