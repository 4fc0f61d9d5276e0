/** The rule panel, loaded when it is first opened: without the kernel it could neither try a rule nor apply it. */

export { mount } from "../panes/rule";
